//! What tests that roll dice share: the dice, and the seeds from which they begin.

mod dice;
mod seeds;

pub use dice::Dice;
pub use seeds::seeds;
