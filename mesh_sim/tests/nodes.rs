//! Two or three cores joined by hand: what the simulator does not set up, and what frames things cost.

#![allow(clippy::unwrap_used)] // Helpers of tests, where a panic is the report.

use mesh_node::protocol::{
    Amount, Capabilities, CauseKind, Config, Effect, Event, LinkId, MAX_DEPTH, Message, Node,
    NodeId, PortId, Received, Refusal, Side, frame,
};
use mesh_sim::body::{Resource, SimBody};

type Core = Node<SimBody, Resource>;

const CAPS: Capabilities = Capabilities {
    resources: true,
    introductions: true,
};

fn body(id: u64, tokens: &[u64]) -> SimBody {
    SimBody {
        id,
        padding: 8,
        tokens: tokens.to_vec(),
        ready: true,
    }
}

fn message(id: u64) -> Message<SimBody> {
    Message::new(body(id, &[]), vec![])
}

/// Two nodes with one link, and the ports of the invitation.
struct Two {
    nodes: [Core; 2],
    links: [LinkId; 2],
    ports: [PortId; 2],
    frames: usize,
    bytes: usize,
    down: Vec<(usize, String)>,
    events: Vec<String>,
}

impl Two {
    fn new(change: impl Fn(usize, &mut Config), caps: Capabilities) -> Self {
        let root = NodeId::root(1);
        let mut configs = [Config::new(root.clone()), Config::new(root.child(0))];
        for (at, config) in configs.iter_mut().enumerate() {
            change(at, config);
        }
        let mut nodes = configs.map(Core::new);
        let child = nodes[0].invite().unwrap();
        let (link_a, port_a) = nodes[0].add_link(child, caps, Side::Inviter).unwrap();
        let (link_b, port_b) = nodes[1].add_link(root, caps, Side::Invitee).unwrap();
        let mut two = Self {
            nodes,
            links: [link_a, link_b],
            ports: [port_a, port_b],
            frames: 0,
            bytes: 0,
            down: vec![],
            events: vec![],
        };
        two.settle();
        two
    }

    fn plain() -> Self {
        Self::new(|_, _| {}, CAPS)
    }

    /// Carries frames both ways until nothing moves.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for at in [0, 1] {
                while let Some(effect) = self.nodes[at].poll_effect() {
                    moved = true;
                    match effect {
                        Effect::Transmit(_, event) => self.carry(1 - at, event),
                        Effect::LinkDown(_, cause) => self.down.push((at, cause.to_string())),
                        Effect::Prepare(ticket, mut message) => {
                            message.body.ready = true;
                            self.nodes[at].prepared(ticket, Ok(message));
                        }
                        _ => {}
                    }
                }
            }
            if !moved {
                return;
            }
        }
    }

    fn carry(&mut self, to: usize, event: Event<SimBody, Resource>) {
        self.events.push(format!("{event:?}"));
        let (mut bytes, mut resources) = (vec![], vec![]);
        frame::encode(event, &mut bytes, &mut resources);
        self.frames += 1;
        self.bytes += bytes.len();
        let event = frame::decode(&bytes, resources, &Default::default()).unwrap();
        self.nodes[to].event(self.links[to], event);
    }
}

fn taken(received: Received<SimBody>) -> Message<SimBody> {
    match received {
        Received::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_with_a_fresh_reply_port_costs_two_frames() {
    let mut two = Two::plain();
    // The first calls may grant; they do not, as a window is granted anew when half of it is used.
    let (frames, bytes) = (two.frames, two.bytes);
    let (reply, inside) = two.nodes[0].create_to_send();
    let request = Message::new(body(1, &[]), vec![inside]);
    two.nodes[0].send(two.ports[0], request).unwrap();
    two.settle();
    let request = taken(two.nodes[1].receive(two.ports[1]));
    two.nodes[1]
        .send_last(request.ports[0], message(2))
        .unwrap();
    two.settle();
    assert_eq!(taken(two.nodes[0].receive(reply)).body.id, 2);
    assert_eq!(two.nodes[0].receive(reply), Received::Closed);
    two.nodes[0].close(reply);
    two.settle();
    assert_eq!(two.frames - frames, 2, "{:?}", two.events);
    assert!(two.bytes - bytes <= 60, "{} bytes", two.bytes - bytes);
    for node in &two.nodes {
        assert_eq!(node.inspect().links[0].channels, 1);
    }
}

#[test]
fn a_port_made_to_be_sent_is_as_any_other_whatever_happens_first() {
    let request = |far| Message::new(body(1, &[]), vec![far]);
    type First = fn(&mut Core, PortId, PortId);
    let nothing: First = |_, _, _| {};
    let send: First = |node, near, _| node.send(near, message(7)).unwrap();
    let close: First = |node, near, _| node.close(near);
    for (first, then) in [(nothing, None), (send, Some(7)), (close, None)] {
        let mut two = Two::plain();
        let (near, far) = two.nodes[0].create_to_send();
        first(&mut two.nodes[0], near, far);
        two.nodes[0].send(two.ports[0], request(far)).unwrap();
        two.settle();
        let far = taken(two.nodes[1].receive(two.ports[1])).ports[0];
        if let Some(id) = then {
            assert_eq!(taken(two.nodes[1].receive(far)).body.id, id);
        }
        two.nodes[0].close(near);
        two.settle();
        assert_eq!(two.nodes[1].receive(far), Received::Closed);
    }
    let not_sent: First = |node, _, far| node.not_sent(&Message::new(body(1, &[]), vec![far]));
    let refused: First = |node, _, far| {
        let message = Message::new(body(1, &[]), vec![far]);
        node.send(PortId(u64::MAX), message).unwrap_err();
    };
    for first in [nothing, not_sent, refused] {
        let mut two = Two::plain();
        let (near, far) = two.nodes[0].create_to_send();
        first(&mut two.nodes[0], near, far);
        two.nodes[0].close(far);
        assert_eq!(two.nodes[0].receive(near), Received::Closed);
        two.nodes[0].close(near);
        assert_eq!(two.nodes[0].inspect().ports.len(), 1);
    }
}

#[test]
fn a_port_made_to_be_sent_waits_with_its_message_for_the_window() {
    let mut two = Two::new(|_, c| c.limits.window = Amount::new(1, 1000), CAPS);
    two.nodes[0].send(two.ports[0], message(0)).unwrap();
    let (near, far) = two.nodes[0].create_to_send();
    let request = Message::new(body(1, &[]), vec![far]);
    two.nodes[0].send(two.ports[0], request).unwrap();
    two.settle();
    assert_eq!(taken(two.nodes[1].receive(two.ports[1])).body.id, 0);
    two.settle();
    let far = taken(two.nodes[1].receive(two.ports[1])).ports[0];
    two.nodes[1].send_last(far, message(2)).unwrap();
    two.settle();
    assert_eq!(taken(two.nodes[0].receive(near)).body.id, 2);
    assert_eq!(two.nodes[0].receive(near), Received::Closed);
}

#[test]
fn sends_beyond_the_window_wait_in_the_node_of_the_sender() {
    let mut two = Two::new(|_, c| c.limits.window = Amount::new(4, 1000), CAPS);
    for id in 0..10 {
        two.nodes[0].send(two.ports[0], message(id)).unwrap();
    }
    two.settle();
    assert_eq!(two.nodes[0].backlog(two.ports[0]).messages, 6);
    let view = two.nodes[1].view(two.ports[1]).unwrap();
    assert_eq!(view.unread.messages, 4);
    for id in 0..10 {
        assert_eq!(taken(two.nodes[1].receive(two.ports[1])).body.id, id);
        two.settle();
    }
    assert_eq!(two.nodes[0].backlog(two.ports[0]).messages, 0);
}

#[test]
fn more_than_a_link_may_hold_fails_the_port_it_was_sent_on_and_no_other() {
    let mut two = Two::new(|_, c| c.held_bytes = 100, CAPS);
    let (a, b) = two.nodes[0].create();
    two.nodes[0]
        .send(two.ports[0], Message::new(body(0, &[]), vec![b]))
        .unwrap();
    two.settle();
    let far = taken(two.nodes[1].receive(two.ports[1])).ports[0];
    // Eight bytes of padding and eight of a number in each: six of them fit.
    for id in 1..=7 {
        two.nodes[0].send(a, message(id)).unwrap();
    }
    two.settle();
    for id in 1..=6 {
        assert_eq!(taken(two.nodes[1].receive(far)).body.id, id);
    }
    for (at, port) in [(1, far), (0, a)] {
        match two.nodes[at].receive(port) {
            Received::Failed(cause) => assert_eq!(cause.kind, CauseKind::Limit),
            other => panic!("{other:?}"),
        }
    }
    // What was taken is off the account.
    two.nodes[0].send(two.ports[0], message(8)).unwrap();
    two.settle();
    assert_eq!(taken(two.nodes[1].receive(two.ports[1])).body.id, 8);
    assert!(two.down.is_empty());
}

#[test]
fn a_resource_that_a_link_cannot_carry_fails_its_port_at_both_ends() {
    let caps = Capabilities {
        resources: false,
        introductions: false,
    };
    let mut two = Two::new(|_, _| {}, caps);
    let with_token = Message::new(body(1, &[7]), vec![]);
    two.nodes[0].send(two.ports[0], with_token).unwrap();
    two.settle();
    for at in [0, 1] {
        match two.nodes[at].receive(two.ports[at]) {
            Received::Failed(cause) => assert_eq!(cause.kind, CauseKind::Undeliverable),
            other => panic!("{other:?}"),
        }
    }
    assert!(two.down.is_empty());
}

#[test]
fn a_body_that_cannot_be_written_fails_its_port_at_both_ends() {
    let mut two = Two::plain();
    let mut unready = message(1);
    unready.body.ready = false;
    two.nodes[0].send(two.ports[0], unready).unwrap();
    let ticket = loop {
        match two.nodes[0].poll_effect() {
            Some(Effect::Prepare(ticket, message)) => break (ticket, message),
            Some(_) => {}
            None => panic!("nothing to prepare"),
        }
    };
    let cause = mesh_node::protocol::Cause::new(CauseKind::Undeliverable, "it did not encode");
    two.nodes[0].prepared(ticket.0, Err((ticket.1, cause)));
    two.settle();
    for at in [0, 1] {
        match two.nodes[at].receive(two.ports[at]) {
            Received::Failed(cause) => assert_eq!(cause.to_string(), "it did not encode"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nodes_that_share_no_version_part_and_say_why() {
    let two = Two::new(
        |at, c| c.versions = if at == 0 { (1, 1) } else { (2, 3) },
        CAPS,
    );
    assert!(
        two.down
            .iter()
            .any(|(_, why)| why.contains("peer speaks versions"))
    );
    assert!(two.nodes.iter().all(|n| n.inspect().links.is_empty()));
}

#[test]
fn nodes_agree_on_the_newest_common_version_and_features() {
    let two = Two::new(
        |at, c| {
            c.versions = if at == 0 { (1, 5) } else { (2, 3) };
            c.features = if at == 0 { 0b110 } else { 0b011 };
        },
        CAPS,
    );
    for node in &two.nodes {
        let link = &node.inspect().links[0];
        assert_eq!((link.version, link.features), (3, 0b010));
    }
}

#[test]
fn layouts_are_said_once_between_builds_and_never_within_one() {
    for same in [true, false] {
        let mut two = Two::new(|at, c| c.build = if same { 1 } else { at as u128 }, CAPS);
        for at in [0, 1] {
            two.nodes[at].set_layouts(two.ports[at], Some(5), Some(5));
        }
        for id in 0..3 {
            two.nodes[0].send(two.ports[0], message(id)).unwrap();
        }
        two.settle();
        let said = two
            .events
            .iter()
            .filter(|e| e.contains("fingerprint: Some"))
            .count();
        assert_eq!(said, usize::from(!same));
        for id in 0..3 {
            assert_eq!(taken(two.nodes[1].receive(two.ports[1])).body.id, id);
        }
    }
}

#[test]
fn layouts_that_differ_fail_the_port_at_both_ends() {
    let mut two = Two::new(|at, c| c.build = at as u128, CAPS);
    two.nodes[0].set_layouts(two.ports[0], Some(5), Some(5));
    two.nodes[1].set_layouts(two.ports[1], Some(6), Some(6));
    two.nodes[0].send(two.ports[0], message(1)).unwrap();
    two.settle();
    for at in [0, 1] {
        match two.nodes[at].receive(two.ports[at]) {
            Received::Failed(cause) => assert_eq!(cause.kind, CauseKind::Undeliverable),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_port_in_a_message_on_itself_or_its_peer_is_refused() {
    let mut two = Two::plain();
    let (a, b) = two.nodes[0].create();
    for inside in [a, b] {
        let refused = two.nodes[0].send(a, Message::new(body(1, &[]), vec![inside]));
        assert!(matches!(refused, Err((Refusal::BadPort, _))));
    }
}

#[test]
fn a_send_to_a_closed_peer_gives_the_message_back() {
    let mut two = Two::plain();
    two.nodes[1].close(two.ports[1]);
    two.settle();
    let refused = two.nodes[0].send(two.ports[0], message(9));
    match refused {
        Err((Refusal::Gone, message)) => assert_eq!(message.body.id, 9),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lost_link_fails_its_ports_with_the_cause_of_the_shell_and_no_others() {
    let mut two = Two::plain();
    let (a, b) = two.nodes[0].create();
    let text = "process \"disk\" was killed by signal 9";
    let cause = mesh_node::protocol::Cause::new(CauseKind::Lost, text);
    two.nodes[0].link_lost(two.links[0], cause);
    match two.nodes[0].receive(two.ports[0]) {
        Received::Failed(cause) => assert_eq!(cause.to_string(), text),
        other => panic!("{other:?}"),
    }
    two.nodes[0].send(a, message(1)).unwrap();
    assert_eq!(taken(two.nodes[0].receive(b)).body.id, 1);
}

#[test]
fn a_shutdown_delivers_what_was_sent_and_then_closes() {
    let mut two = Two::new(|_, c| c.limits.window = Amount::new(2, 1000), CAPS);
    for id in 0..5 {
        two.nodes[0].send(two.ports[0], message(id)).unwrap();
    }
    two.nodes[0].shutdown();
    two.settle();
    for id in 0..5 {
        assert_eq!(taken(two.nodes[1].receive(two.ports[1])).body.id, id);
        two.settle();
    }
    assert_eq!(two.nodes[1].receive(two.ports[1]), Received::Closed);
    assert_eq!(two.down.len(), 2);
    match two.nodes[0].receive(two.ports[0]) {
        Received::Failed(cause) => assert_eq!(cause.to_string(), "we shut down"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ports_beyond_the_budget_of_the_receiver_wait_until_others_close() {
    let mut two = Two::new(|_, c| c.limits.ports = 3, CAPS);
    let mut kept = vec![];
    for id in 0..4 {
        let (near, far) = two.nodes[0].create();
        kept.push(near);
        let carrier = Message::new(body(id, &[]), vec![far]);
        two.nodes[0].send(two.ports[0], carrier).unwrap();
    }
    two.settle();
    assert_eq!(two.nodes[0].backlog(two.ports[0]).messages, 2);
    two.nodes[0].close(kept[0]);
    two.nodes[0].close(kept[1]);
    two.settle();
    assert_eq!(two.nodes[0].backlog(two.ports[0]).messages, 0);
    assert!(two.down.is_empty());
}

#[test]
fn a_frame_the_shell_cannot_read_ends_the_link_with_the_reason() {
    let mut two = Two::plain();
    two.nodes[0].breach(two.links[0], "the frame is truncated");
    two.settle();
    assert!(
        two.down
            .contains(&(0, "peer broke the protocol: the frame is truncated".into()))
    );
    assert_eq!(two.down.len(), 2);
}

#[test]
fn a_port_that_comes_back_is_local_again() {
    let mut two = Two::plain();
    let (near, far) = two.nodes[0].create();
    two.nodes[0]
        .send(two.ports[0], Message::new(body(1, &[]), vec![far]))
        .unwrap();
    two.settle();
    let away = taken(two.nodes[1].receive(two.ports[1])).ports[0];
    two.nodes[1]
        .send(two.ports[1], Message::new(body(2, &[]), vec![away]))
        .unwrap();
    two.settle();
    let back = taken(two.nodes[0].receive(two.ports[0])).ports[0];
    let frames = two.frames;
    two.nodes[0].send(near, message(3)).unwrap();
    two.settle();
    assert_eq!(taken(two.nodes[0].receive(back)).body.id, 3);
    assert_eq!(two.frames, frames);
    assert!(
        two.nodes
            .iter()
            .all(|n| n.settled() && n.inspect().links[0].channels == 1)
    );
}

#[test]
fn a_message_with_more_ports_than_the_receiver_ever_takes_fails_its_port() {
    let mut two = Two::new(|_, c| c.limits.ports = 1, CAPS);
    let pairs = [two.nodes[0].create(), two.nodes[0].create()];
    let inside: Vec<_> = pairs.iter().map(|(near, _)| *near).collect();
    let port = two.ports[0];
    let full = Message::new(body(1, &[]), inside);
    two.nodes[0].send(port, full).unwrap();
    two.settle();
    for at in [0, 1] {
        match two.nodes[at].receive(two.ports[at]) {
            Received::Failed(cause) => assert!(cause.to_string().contains("more ports")),
            other => panic!("{other:?}"),
        }
    }
    // Those that were to go along are closed with it.
    for (_, peer) in pairs {
        assert!(matches!(two.nodes[0].receive(peer), Received::Failed(_)));
    }
}

#[test]
fn invitations_go_no_deeper_than_names_do() {
    let mut name = NodeId::root(1);
    for depth in 0..=MAX_DEPTH {
        let mut node = Core::new(Config::new(name.clone()));
        match node.invite() {
            Some(child) => name = child,
            None => return assert_eq!(depth, MAX_DEPTH),
        }
    }
    panic!("{name} has an invitee");
}

#[test]
fn an_end_that_comes_too_early_or_too_late_is_given_back_to_be_closed() {
    let introduce = |end| Event::Introduce {
        peer: NodeId::root(1).child(5),
        end: Resource::End(end, 0),
    };
    let mut node = Core::new(Config::new(NodeId::root(1).child(0)));
    let (link, _) = node.add_link(NodeId::root(1), CAPS, Side::Invitee).unwrap();
    // No hello has come; that ends the link, and the second one finds none.
    node.event(link, introduce(7));
    node.event(link, introduce(8));
    let closed: Vec<_> = std::iter::from_fn(|| node.poll_effect())
        .filter_map(|effect| match effect {
            Effect::DiscardEnd(end) => Some(end),
            _ => None,
        })
        .collect();
    assert_eq!(closed, [Resource::End(7, 0), Resource::End(8, 0)]);
}
