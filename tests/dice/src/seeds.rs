use std::env;
use std::ops::Range;

/// The seeds of the worlds to live through: the one that `SEED` names, those of `SEEDS=<first>..<last>`, or the usual
/// ones.
pub fn seeds(usual: Range<u64>) -> Range<u64> {
    let read = |text: &str| text.parse().expect("a seed is a number");
    if let Ok(seed) = env::var("SEED") {
        return read(&seed)..read(&seed) + 1;
    }
    match env::var("SEEDS") {
        Ok(range) => {
            let (first, last) = range.split_once("..").expect("SEEDS=<first>..<last>");
            read(first)..read(last)
        }
        Err(_) => usual,
    }
}
