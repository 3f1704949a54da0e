use core::fmt;

use sessionwire_protocol::sessions::{SessionsListParams, SortBy};

use crate::facts::Listed;
use crate::filter::Filter;
use crate::order::{Order, Rank};
use crate::unfit::unfit;

/// What a live list shows: the first sessions, in an order, of those that a filter chooses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Which sessions.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// At most so many, or all.
    pub limit: Option<usize>,
}

/// The named param of `sessions.list` makes no sense in a list that is kept live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLive(pub &'static str);

impl View {
    /// Every session, in the default order.
    pub const EVERYTHING: Self = Self {
        filter: Filter::EVERYTHING,
        order: Order::by(SortBy::UpdatedAt),
        limit: None,
    };

    /// What the params of `sessions.list` show. Without any that is every session, archived ones and sentinels
    /// included; without a limit all that the filter chooses.
    ///
    /// Refused is what is [unfit](unfit()) for a live list.
    pub fn new(params: &SessionsListParams) -> Result<Self, NotLive> {
        if *params == SessionsListParams::default() {
            return Ok(Self::EVERYTHING);
        }
        if let Some(param) = unfit().find(|param| param.is_in(params)) {
            return Err(NotLive(param.name));
        }
        Ok(Self {
            filter: Filter::new(params, 0),
            order: Order::by(params.sort_by.unwrap_or_default()),
            limit: params
                .limit
                .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        })
    }

    /// Whether it shows every session.
    pub fn is_everything(&self) -> bool {
        self.limit.is_none() && self.filter == Filter::EVERYTHING
    }

    /// Where a session stands among those that the filter chooses.
    pub fn rank(&self, session: &impl Listed) -> Option<Rank> {
        self.filter
            .matches(session)
            .then(|| self.order.rank(session))
    }
}

impl fmt::Display for NotLive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a live list takes no {}", self.0)
    }
}

impl core::error::Error for NotLive {}
