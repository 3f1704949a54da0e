//! What the standard library would bring along, as small as it can be.

use core::panic::PanicInfo;

use rlsf::SmallGlobalTlsf;

#[global_allocator]
static MEMORY: SmallGlobalTlsf = SmallGlobalTlsf::new();

/// Traps, as a panic in wasm does in any case. Nothing looks at what is said, so the linker leaves out all texts of
/// panics and what formats them: a third of the package.
#[panic_handler]
fn panic(_said: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
