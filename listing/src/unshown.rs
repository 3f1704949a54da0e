use sessionwire_protocol::sessions::SessionsListParams;

/// The first param by which a list depends on what rows do not show, if there is one.
pub fn unshown(params: &SessionsListParams) -> Option<&'static str> {
    let asked = |flag: Option<bool>| flag == Some(true);
    [
        ("configuredAgentsOnly", asked(params.configured_agents_only)),
        ("creatorId", params.creator_id.is_some()),
        ("hasBoard", params.has_board.is_some()),
        ("includePeople", asked(params.include_people)),
        ("involvingMe", asked(params.involving_me)),
        ("involvingProfileId", params.involving_profile_id.is_some()),
        ("ownerFirst", asked(params.owner_first)),
        ("ownerId", params.owner_id.is_some()),
        ("profileRelation", params.profile_relation.is_some()),
        ("projectId", params.project_id.is_some()),
        ("workspaceDir", params.workspace_dir.is_some()),
    ]
    .into_iter()
    .find_map(|(name, asked)| asked.then_some(name))
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
