// What `subscribeSessions` takes beside callbacks.

import { isText, isWhole } from "./check.js";

const isFlag = (value) => typeof value === "boolean";

/** Names of params, what is wrong with a value that does not fit, and whether one fits. */
const KINDS = [
  [
    "search label agentId spawnedBy group boardFace creatorId involvingProfileId ownerId projectId workspaceDir",
    "is not a string",
    isText,
  ],
  [
    "activeOnly includeGlobal includeUnknown excludeSubagents excludeCron includeDerivedTitles includeLastMessage " +
      "requireLastInteraction pinned excludeSystem includeActivitySummary configuredAgentsOnly hasBoard " +
      "includePeople involvingMe ownerFirst",
    "is not a boolean",
    isFlag,
  ],
  ["limit offset activeMinutes", "is not a whole number above 0", isWhole],
  ["archived", 'is neither a boolean nor "all"', (value) => isFlag(value) || value === "all"],
  [
    "sortBy",
    "is no order of lists",
    (value) => ["updatedAt", "lastInteractionAt", "activity", "createdAt", "label"].includes(value),
  ],
  [
    "profileRelation",
    "is not an object with the texts profileId and relationship",
    (value) => isText(value?.profileId) && isText(value.relationship),
  ],
];

const UNKNOWN = ["", "is nothing that a list takes", () => false];

/**
 * Reads a `LiveListParams`. What lists do not take is refused, as gateways do: a list that a misspelt filter leaves
 * whole would be a lie.
 */
export function readParams(params) {
  if (params == null) return {};
  if (typeof params !== "object") throw new TypeError("params is not an object");
  const read = {};
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    const [, problem, fits] = KINDS.find(([names]) => names.split(" ").includes(name)) ?? UNKNOWN;
    if (!fits(value)) throw new TypeError(`params.${name} ${problem}`);
    read[name] = value;
  }
  return read;
}
