//! One suite that every kind of link must pass.
//!
//! `scenarios` are written against the contract alone; `kinds` makes the links; `collector` is the sink that the scenarios look
//! through. A scenario that needs descriptors passes trivially on a kind without them, after checking that it says so.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what supports tests is part of them")]

mod collector;
mod kinds;
mod pipe;
mod scenarios;
mod tcp;

use kinds::{Kind, MemoryKind, SimulatedKind, StreamKind, TcpKind, UnixKind};

macro_rules! suite {
    ($($scenario:ident,)*) => {
        suite!(@kind over_unix_sockets, UnixKind, $($scenario,)*);
        suite!(@kind over_streams_that_chop, StreamKind, $($scenario,)*);
        suite!(@kind over_tcp, TcpKind, $($scenario,)*);
        suite!(@kind simulated, SimulatedKind, $($scenario,)*);
        suite!(@kind within_a_process, MemoryKind, $($scenario,)*);
    };
    (@kind $module:ident, $kind:ident, $($scenario:ident,)*) => {
        mod $module {
            use super::{Kind, scenarios};

            $(
                #[test]
                fn $scenario() {
                    scenarios::$scenario(&super::$kind::default() as &dyn Kind);
                }
            )*
        }
    };
}

suite! {
    frames_of_every_size_arrive_whole_and_in_order_both_ways,
    frames_of_many_threads_arrive_once_and_in_the_order_of_each_thread,
    any_number_of_descriptors_arrives_with_its_frame,
    a_reader_that_stops_and_resumes_loses_nothing,
    closing_delivers_what_both_sides_have_queued,
    both_sides_can_close_at_once,
    dropping_the_handle_closes_in_order,
    aborting_ends_both_sides_and_hands_over_nothing_more,
    what_is_refused_is_given_back_and_harms_nothing,
    a_sink_that_panics_ends_its_link_and_no_other,
    a_sink_can_send_and_close,
    a_sink_that_aborts_is_handed_nothing_more,
    descriptors_that_are_not_delivered_are_closed,
    whatever_is_sent_in_whatever_order_arrives,
}
