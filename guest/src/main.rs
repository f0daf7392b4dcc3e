//! The guest as a program. On a target without an operating system it has an entry point of its own and nothing to allocate with; on
//! the host it prints one exchange.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod bare {
    //! What a program needs that nobody starts: a place to begin, and one to end.

    #![allow(unsafe_code, reason = "the entry point has to have its name")]

    use core::hint::black_box;
    use core::panic::PanicInfo;

    /// Where it starts. A real guest would take its requests from a device.
    // SAFETY: no other thing of this program has the name.
    #[unsafe(no_mangle)]
    extern "C" fn _start() -> ! {
        let mut buffer = [0; 256];
        loop {
            let answered = guest::answer(black_box(&[0x0a, 0]), &mut buffer).is_ok();
            black_box(answered);
        }
    }

    #[panic_handler]
    fn panic(_: &PanicInfo<'_>) -> ! {
        loop {
            core::hint::spin_loop();
        }
    }
}

#[cfg(not(target_os = "none"))]
#[allow(clippy::print_stdout, reason = "a program that shows something")]
fn main() {
    let mut request = [0; 32];
    let mut buffer = [0; 256];
    let measure = guest::Request::Measure {
        sensor: "door",
        count: 3,
    };
    let request = mesh_protobuf::encode_to_slice(measure, &mut request);
    let answer = request.map(|request| guest::answer(request, &mut buffer));
    println!("{answer:02x?}");
}
