use sessionwire_protocol::sessions::SessionsListParams;

/// A param of `sessions.list` that makes no sense in a list that is kept live.
#[derive(Clone, Copy, Debug)]
pub struct Unfit {
    /// Its name.
    pub name: &'static str,
    /// Whether that holds where it is `false`, too; if not, that is as if it were absent.
    pub even_false: bool,
    /// Whether it is `false`, or something else; nothing where it is absent.
    said: fn(&SessionsListParams) -> Option<bool>,
}

/// A live list begins at its top, and sessions would leave it by `activeMinutes` without having changed.
const UNFIT: [Unfit; 2] = [
    always("offset", |params| given(&params.offset)),
    always("activeMinutes", |params| given(&params.active_minutes)),
];

/// What rows do not show: a list that left it out would show what it should not.
const UNSHOWN: [Unfit; 11] = [
    if_true("configuredAgentsOnly", |params| {
        params.configured_agents_only
    }),
    always("creatorId", |params| given(&params.creator_id)),
    always("hasBoard", |params| params.has_board),
    if_true("includePeople", |params| params.include_people),
    if_true("involvingMe", |params| params.involving_me),
    always("involvingProfileId", |params| {
        given(&params.involving_profile_id)
    }),
    if_true("ownerFirst", |params| params.owner_first),
    always("ownerId", |params| given(&params.owner_id)),
    always("profileRelation", |params| given(&params.profile_relation)),
    always("projectId", |params| given(&params.project_id)),
    always("workspaceDir", |params| given(&params.workspace_dir)),
];

/// All params that make no sense in a live list, in the order in which they are refused.
pub fn unfit() -> impl Iterator<Item = &'static Unfit> {
    UNFIT.iter().chain(&UNSHOWN)
}

/// The first param by which a list depends on what rows do not show, if there is one.
pub fn unshown(params: &SessionsListParams) -> Option<&'static str> {
    let param = UNSHOWN.iter().find(|param| param.is_in(params))?;
    Some(param.name)
}

impl Unfit {
    pub(crate) fn is_in(&self, params: &SessionsListParams) -> bool {
        (self.said)(params).is_some_and(|said| said || self.even_false)
    }
}

const fn always(name: &'static str, said: fn(&SessionsListParams) -> Option<bool>) -> Unfit {
    Unfit {
        name,
        even_false: true,
        said,
    }
}

const fn if_true(name: &'static str, said: fn(&SessionsListParams) -> Option<bool>) -> Unfit {
    Unfit {
        name,
        even_false: false,
        said,
    }
}

fn given<T>(param: &Option<T>) -> Option<bool> {
    param.as_ref().map(|_| true)
}

/// Whether only sessions are asked for that have to do with something of which sessions without a project, a folder, a
/// board and people have nothing.
pub(crate) fn asks_for_none(params: &SessionsListParams) -> bool {
    params.has_board == Some(true)
        || params.profile_relation.is_some()
        || [
            &params.creator_id,
            &params.involving_profile_id,
            &params.owner_id,
            &params.project_id,
            &params.workspace_dir,
        ]
        .into_iter()
        .any(Option::is_some)
}
