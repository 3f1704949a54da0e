/// One way in which a promise could come to be broken.
pub(super) struct Fault {
    /// How it is called on the command line.
    pub(super) name: &'static str,
    /// What is wrong with it.
    pub(super) meaning: &'static str,
    pub(super) edits: &'static [Edit],
}

/// A text that is in a file once, and what takes its place.
pub(super) struct Edit {
    pub(super) file: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
}
