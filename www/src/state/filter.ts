import type { LiveListParams, SessionsListParams } from "sessionwire";

/** Which sessions the user wants to see. */
export interface Filter {
  query: string;
  archived: boolean;
  agent: string | null;
}

/** What the gateway is asked for: the gateway searches, so that what is not loaded is found too. */
export function paramsOf({ query, archived, agent }: Filter): LiveListParams & SessionsListParams {
  const search = query.trim();
  return {
    includeGlobal: true,
    includeUnknown: true,
    ...(archived && { archived: "all" as const }),
    ...(agent !== null && { agentId: agent }),
    ...(search && { search }),
  };
}

/** Whether a filter leaves out more than the archived sessions. */
export function narrows({ query, agent }: Filter): boolean {
  return query.trim() !== "" || agent !== null;
}

/** Whether two filters show the same. */
export function same(a: Filter, b: Filter): boolean {
  return a.query.trim() === b.query.trim() && a.archived === b.archived && a.agent === b.agent;
}
