//! What a proxy asks of its neighbours, in orders that random worlds seldom come upon: a core driven frame by frame.

#![allow(clippy::unwrap_used)] // Helpers of tests, where a panic is the report.

use mesh_node::protocol::{
    Amount, Capabilities, Channel, Config, Effect, Event, Hello, Limits, LinkId, Message, Node,
    NodeId, PortId, Received, Side,
};
use mesh_sim::body::{Resource, SimBody};

type Core = Node<SimBody, Resource>;
type Said = Vec<(LinkId, Event<SimBody, Resource>)>;

/// The channel of the invitation, as the inviter names it.
const FIRST: Channel = Channel {
    ours: true,
    number: 0,
};

fn hello(node: NodeId) -> Event<SimBody, Resource> {
    Event::Hello(Hello {
        versions: (1, 1),
        features: 0,
        build: 0,
        node,
        limits: Limits::default(),
    })
}

/// What a core says, and which links it makes; a link that ends is an error.
fn said(core: &mut Core) -> (Said, Option<LinkId>) {
    let (mut said, mut made) = (Vec::new(), None);
    while let Some(effect) = core.poll_effect() {
        match effect {
            Effect::Transmit(link, event) => said.push((link, event)),
            Effect::Connect(link, ..) => made = Some(link),
            Effect::LinkDown(_, cause) => panic!("{cause}"),
            _ => {}
        }
    }
    (said, made)
}

#[test]
fn a_request_that_waits_does_not_come_back_when_a_later_one_was_granted() {
    let root = NodeId::root(1);
    let (here, other) = (root.child(0), root.child(1));
    let mut core = Core::new(Config::new(here.clone()));
    let caps = Capabilities {
        resources: true,
        introductions: true,
    };
    let (link, _) = core.add_link(root.clone(), caps, Side::Invitee).unwrap();
    core.event(link, hello(root.clone()));
    let ask = |target: &NodeId, token| Event::Ask {
        channel: FIRST,
        target: target.clone(),
        token,
    };
    // The root asks it to expect a node that it has no link to yet, and then, as that has changed, to expect itself.
    core.event(link, ask(&other, 7));
    core.event(link, ask(&here, 8));
    let (heard, _) = said(&mut core);
    assert!(matches!(
        heard.last(),
        Some((_, Event::Yes { token: 8, .. }))
    ));
    // Now the link comes that the first request had waited for.
    let end = Resource::End(0, 1);
    let peer = other.clone();
    core.event(link, Event::Introduce { peer, end });
    let (_, made) = said(&mut core);
    core.event(made.unwrap(), hello(other));
    let (heard, _) = said(&mut core);
    let yes = heard
        .iter()
        .find(|(_, event)| matches!(event, Event::Yes { .. }));
    assert_eq!(yes, None);
    // The root has gone by what was granted, and passes on the end of the other side.
    core.event(
        link,
        Event::End {
            channel: FIRST,
            messages: 0,
            leaving: true,
        },
    );
    said(&mut core);
}

#[test]
fn a_request_that_waits_is_void_when_the_neighbour_is_another() {
    let root = NodeId::root(1);
    let mut core = Core::new(Config::new(root));
    let caps = Capabilities {
        resources: true,
        introductions: true,
    };
    let mut invited = || {
        let name = core.invite().unwrap();
        let (link, _) = core.add_link(name.clone(), caps, Side::Inviter).unwrap();
        core.event(link, hello(name.clone()));
        (name, link)
    };
    let ((liar, false_link), (honest, link)) = (invited(), invited());
    let channel = Channel {
        ours: false,
        ..FIRST
    };
    // The liar is a proxy that goes away, and the core is to expect the honest node in its place.
    let (target, token) = (honest, 3);
    core.event(
        false_link,
        Event::Ask {
            channel,
            target,
            token,
        },
    );
    core.event(
        false_link,
        Event::End {
            channel,
            messages: 0,
            leaving: true,
        },
    );
    // It has one more request, though it has gone, and the route is the honest node's before that can be looked at.
    core.event(
        false_link,
        Event::Go {
            channel,
            target: liar.clone(),
            token: 4,
        },
    );
    said(&mut core);
    core.event(
        link,
        Event::Open {
            channel: FIRST,
            by: liar,
            token,
            room: Limits::default().window,
        },
    );
    let (heard, _) = said(&mut core);
    let by_honest = heard.iter().filter(|(to, _)| *to == link);
    let by_honest: Vec<_> = by_honest.map(|(_, event)| event).collect();
    assert!(
        matches!(by_honest[..], [Event::Opened { .. }]),
        "{by_honest:?}"
    );
}

/// A core that has sent two ports to another node over their link, and the peers that it kept.
fn joined_elsewhere() -> (Core, LinkId, Vec<PortId>) {
    let mut core = Core::new(Config::new(NodeId::root(1)));
    let caps = Capabilities {
        resources: true,
        introductions: true,
    };
    let name = core.invite().unwrap();
    let (link, first) = core.add_link(name.clone(), caps, Side::Inviter).unwrap();
    core.event(link, hello(name));
    let mut peers = Vec::new();
    for id in [1, 2] {
        let (near, peer) = core.create();
        let body = SimBody {
            id,
            padding: 0,
            tokens: Vec::new(),
            ready: true,
        };
        core.send(first, Message::new(body, vec![near])).unwrap();
        peers.push(peer);
    }
    (core, link, peers)
}

#[test]
fn a_proxy_that_lies_about_a_window_fails_the_port_also_where_its_neighbours_are_one_node() {
    for lie in [0, 1] {
        let (mut core, link, peers) = joined_elsewhere();
        let [one, two] = [1, 2].map(|number| Channel {
            ours: false,
            number,
        });
        let window = Limits::default().window;
        let (target, token) = (core.id().clone(), 1);
        core.event(
            link,
            Event::Credit {
                channel: one,
                limit: window + Amount::new(lie, 0),
            },
        );
        core.event(
            link,
            Event::Ask {
                channel: two,
                target: target.clone(),
                token,
            },
        );
        core.event(
            link,
            Event::Go {
                channel: one,
                target,
                token,
            },
        );
        for channel in [one, two] {
            core.event(
                link,
                Event::End {
                    channel,
                    messages: 0,
                    leaving: true,
                },
            );
        }
        said(&mut core);
        for peer in peers {
            match (lie, core.receive(peer)) {
                (0, Received::Empty) => assert!(core.local_peer(peer).is_some()),
                (1, Received::Failed(cause)) => assert!(cause.to_string().contains("granted")),
                (_, other) => panic!("{lie} {other:?}"),
            }
        }
    }
}
