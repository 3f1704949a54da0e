//! Where the wasm puts what it begins with.

use anyhow::{Result, bail};
use wasmparser::{DataKind, Operator, Parser, Payload};

/// What wasm-opt takes for low memory.
const LOW: u32 = 1024;

/// Fails if anything stands in low memory, or may.
pub(crate) fn check(wasm: &[u8]) -> Result<()> {
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::DataSection(all) = payload? else {
            continue;
        };
        for data in all {
            let DataKind::Active { offset_expr, .. } = data?.kind else {
                bail!("the wasm says only at run time where its data stand");
            };
            let offset = offset_expr.get_operators_reader().read()?;
            let is_above = |value: i32| value.cast_unsigned() >= LOW;
            if !matches!(offset, Operator::I32Const { value } if is_above(value)) {
                bail!(
                    "the wasm has data in the first {LOW} bytes of its memory, or may have: {offset:?}"
                );
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of nothing but a memory and one byte of data at this place.
    fn module(place: &[u8]) -> Vec<u8> {
        let memory = [5, 3, 1, 0, 1];
        let data = [&[1, 0, 0x41], place, &[0x0b, 1, 7]].concat();
        let length = u8::try_from(data.len()).unwrap();
        [b"\0asm\x01\0\0\0", &memory[..], &[11, length], &data].concat()
    }

    #[test]
    fn data_stand_above_low_memory() {
        let (last_below, first_above) = ([0xff, 0x07], [0x80, 0x08]);
        check(&module(&first_above)).unwrap();
        for low in [&[0][..], &last_below] {
            let refused = check(&module(low)).unwrap_err().to_string();
            assert!(refused.contains("first 1024 bytes"), "{refused}");
        }
    }

    #[test]
    fn what_is_no_wasm_is_refused() {
        check(b"no wasm").unwrap_err();
    }
}
