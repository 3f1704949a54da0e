//! Faults between a commit and the wire, where the simulation has no sockets. Unit tests of the gateway have to catch
//! them.

use super::fault::{Edit, Fault};

/// A fault, and the test that has to notice it.
pub(super) struct Tested {
    pub(super) test: &'static str,
    pub(super) fault: Fault,
}

pub(super) const WRITTEN: &[Tested] = &[
    Tested {
        test: "crier::tests::everybody_is_told_by_one_crier_as_long_as_they_listen",
        fault: Fault {
            name: "told-by-several",
            meaning: "several criers go to the same listener",
            edits: &[Edit {
                file: "gateway/src/crier/listeners.rs",
                from: "crier_of(listener, count) == number",
                to: "crier_of(listener, count) <= number",
            }],
        },
    },
    Tested {
        test: "crier::tests::who_commits_can_wait_until_no_crier_is_far_behind",
        fault: Fault {
            name: "pace-not-kept",
            meaning: "commits do not wait for criers",
            edits: &[Edit {
                file: "gateway/src/crier/mod.rs",
                from: "self.entries > MOST_WAITING && !self.closed",
                to: "self.closed",
            }],
        },
    },
    Tested {
        test: "crier::wheel::tests::each_is_told_once_in_an_interval_and_first_after_one",
        fault: Fault {
            name: "tick-of-others",
            meaning: "who comes late takes a tick of those before for one of its own",
            edits: &[Edit {
                file: "gateway/src/crier/wheel.rs",
                from: "heard: slot.told.load(Ordering::Relaxed),",
                to: "heard: 0,",
            }],
        },
    },
    Tested {
        test: "connection::tests::whoever_stands_in_the_same_place_is_told_the_same_bytes",
        fault: Fault {
            name: "encoded-for-each",
            meaning: "what one connection is told is encoded anew for the next",
            edits: &[Edit {
                file: "gateway/src/crier/turn.rs",
                from: "self.tellings.push_back(telling);",
                to: "drop(telling);",
            }],
        },
    },
    Tested {
        test: "connection::tests::a_talk_that_somebody_else_has_is_left_to_its_task",
        fault: Fault {
            name: "bell-not-rung",
            meaning: "what a crier cannot do is left to a task that is not woken",
            edits: &[Edit {
                file: "gateway/src/connection/talk.rs",
                from: "if !told.unwrap_or(false) {",
                to: "if told.is_err() {",
            }],
        },
    },
    Tested {
        test: "connection::tests::a_full_socket_is_left_to_its_task_and_others_are_told_meanwhile",
        fault: Fault {
            name: "queue-at-full-socket",
            meaning: "a socket that takes nothing is given more and more",
            edits: &[Edit {
                file: "gateway/src/connection/talk.rs",
                from: "        if self.socket.unwritten() > 0 {\n            return false;\n        }\n        let reads = self.conversation.has_room();\n        let Ok(bytes) = self.put(Look::AtSettled, turn) else {\n            return false;\n        };",
                to: "        let reads = self.conversation.has_room();\n        self.fill(Look::AtSettled, turn);\n        let bytes = self.socket.unwritten();",
            }],
        },
    },
    Tested {
        test: "connection::tests::an_answer_is_written_with_the_events_before_it",
        fault: Fault {
            name: "answer-apart",
            meaning: "whoever commits leaves its answers to the tasks of connections",
            edits: &[Edit {
                file: "gateway/src/answers.rs",
                from: "SETTLED.set(Some(BTreeMap::new()));",
                to: "SETTLED.set(None);",
            }],
        },
    },
    Tested {
        test: "connection::tests::who_asked_for_as_much_as_may_wait_is_read_on_when_it_is_answered",
        fault: Fault {
            name: "read-no-more",
            meaning: "a connection that had as many requests waiting as may wait is never read again",
            edits: &[Edit {
                file: "gateway/src/connection/talk.rs",
                from: " && bytes < ENOUGH && reads_on",
                to: " && bytes < ENOUGH && (reads_on || !reads_on)",
            }],
        },
    },
    Tested {
        test: "answers::tests::what_is_settled_together_is_heard_once_and_anything_else_rings_for_the_task",
        fault: Fault {
            name: "everybody-looks-at-all",
            meaning: "whoever commits also takes up what somebody else has woken, however long it takes",
            edits: &[Edit {
                file: "gateway/src/answers.rs",
                from: "(1..=look as u8)",
                to: "(1..=look as u8 + 1)",
            }],
        },
    },
    Tested {
        test: "answers::tests::what_is_settled_together_is_heard_once_and_anything_else_rings_for_the_task",
        fault: Fault {
            name: "answers-one-by-one",
            meaning: "who awaits several answers of a batch hears of each by itself",
            edits: &[Edit {
                file: "gateway/src/answers.rs",
                from: "settled.insert(address, listener.clone());",
                to: "settled.insert(address + settled.len(), listener.clone());",
            }],
        },
    },
    Tested {
        test: "connection::tests::a_socket_that_breaks_ends_its_connection_and_no_other",
        fault: Fault {
            name: "break-unnoticed",
            meaning: "a connection whose socket broke under a crier goes on",
            edits: &[Edit {
                file: "gateway/src/connection/talk.rs",
                from: "self.broken = self.socket.write().is_err();",
                to: "let _gone = self.socket.write();",
            }],
        },
    },
    Tested {
        test: "connection::tests::what_changes_after_a_greeting_is_told_by_the_connection",
        fault: Fault {
            name: "watched-late",
            meaning: "a connection watches presence from its first turn on, not from its greeting",
            edits: &[Edit {
                file: "gateway/src/connection/mod.rs",
                from: "        pairing.take_if(|_| !tells_pairing);",
                to: "        pairing.take_if(|_| !tells_pairing);\n        presence.mark_unchanged();",
            }],
        },
    },
    Tested {
        test: "socket::tests::a_goodbye_is_answered",
        fault: Fault {
            name: "goodbye-unanswered",
            meaning: "the answer to a goodbye stays in the outbox",
            edits: &[Edit {
                file: "gateway/src/socket/mod.rs",
                from: "        let _gone = ready!(self.poll_write(context));\n        Poll::Ready(None)",
                to: "        Poll::Ready(None)",
            }],
        },
    },
    Tested {
        test: "socket::outbox::tests::what_goes_out_in_pieces_arrives_in_order",
        fault: Fault {
            name: "piece-repeated",
            meaning: "a frame that went out in part begins again",
            edits: &[Edit {
                file: "gateway/src/socket/outbox.rs",
                from: "                first.advance(written);\n                return;",
                to: "                return;",
            }],
        },
    },
    Tested {
        test: "text::tests::a_text_stands_behind_the_header_of_its_frame",
        fault: Fault {
            name: "length-off-by-one",
            meaning: "a text of 126 bytes has the header of a shorter one",
            edits: &[Edit {
                file: "gateway/src/text.rs",
                from: "(Ok(length @ ..126), _)",
                to: "(Ok(length @ ..=126), _)",
            }],
        },
    },
];
