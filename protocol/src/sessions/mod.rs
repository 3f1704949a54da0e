//! The `sessions.*` methods, one file per family.

mod create;
mod groups;
mod list;
mod patch;
mod read;
mod remove;
mod send;
mod subscribe;

pub use create::{SessionsCreate, SessionsCreateParams, SessionsCreated};
pub use groups::{
    Group, GroupDefaults, Groups, GroupsChanged, GroupsDefaults, GroupsDefaultsListed,
    GroupsDelete, GroupsDeleteParams, GroupsList, GroupsPut, GroupsPutParams, GroupsRename,
    GroupsRenameParams, GroupsUpdate, GroupsUpdateParams, GroupsUpdated,
};
pub use list::{
    Archived, ListDefaults, ProfileRelation, SessionsList, SessionsListParams, SessionsListed,
    SortBy,
};
pub use patch::{
    PatchOutcome, PatchOutcomes, PatchTarget, Resolved, SessionPatch, SessionsPatch,
    SessionsPatchMany, SessionsPatchManyParams, SessionsPatchParams, SessionsPatched,
};
pub use read::{
    Preview, PreviewItem, Previews, SearchHit, SearchHits, SessionCandidate, SessionMessages,
    SessionReference, SessionResolved, SessionsDescribe, SessionsDescribeParams, SessionsDescribed,
    SessionsGet, SessionsGetParams, SessionsPreview, SessionsPreviewParams, SessionsResolve,
    SessionsResolveParams, SessionsSearch, SessionsSearchParams,
};
pub use remove::{
    SessionsCleaned, SessionsCleanup, SessionsCleanupParams, SessionsDelete, SessionsDeleteParams,
    SessionsDeleted, SessionsReset, SessionsResetParams,
};
pub use send::{
    SessionsAbort, SessionsAbortParams, SessionsAborted, SessionsSend, SessionsSendParams,
};
pub use subscribe::{
    MessagesSubscribe, MessagesSubscribeParams, MessagesSubscribed, MessagesUnsubscribe,
    SessionsSubscribe, SessionsSubscribeParams, SessionsSubscribed, SessionsUnsubscribe,
    SessionsUnsubscribeParams, SessionsUnsubscribed,
};
