//! What the benchmarks found, as tables, plots and a page of the docs.
//!
//! The folder of records is the page's source: page and plots are what their records yield, and nothing else.

mod figure;
mod folder;
mod page;
mod parts;
mod plot;
mod record;
mod table;

pub use figure::count;
pub use folder::{check, save, write};
pub use parts::title;
pub use record::{Made, Record};
pub use table::{Better, Column, Role, Row, Table};
