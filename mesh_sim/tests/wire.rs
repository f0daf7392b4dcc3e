//! The conversations in docs/wire.md, held by real cores: the page has their frames byte by byte, as they come out here.
#![allow(missing_docs)]

use mesh_node::protocol::frame::{FrameBody, decode, encode};
use mesh_node::protocol::{
    Amount, Body, Capabilities, Config, Effect, Event, Few, Limits, LinkId, Message, Node, NodeId,
    PortId, Received, Side,
};
use std::collections::{BTreeMap, VecDeque};

const PAGE: &str = include_str!("../../docs/wire.md");

/// A body as a node writes it: how many resources, a bit for each, and the encoded value.
#[derive(Clone, Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl Body for Bytes {
    fn bytes(&self) -> u32 {
        self.0.len() as u32
    }
}

/// The end of a link, on its way in an introduction: of which new link, and which end.
type Ends = (usize, usize);

impl FrameBody<Ends> for Bytes {
    fn write(self, bytes: &mut Vec<u8>, _: &mut Vec<Ends>) {
        bytes.extend(self.0);
    }

    fn read(bytes: &[u8], _: Vec<Ends>) -> Option<Self> {
        Some(Self(bytes.to_vec()))
    }
}

/// Who said what on a link that nobody else drives yet.
type Early = ((usize, LinkId), Vec<u8>, Vec<Ends>);

struct Flying {
    to: (usize, LinkId),
    bytes: Vec<u8>,
    ends: Vec<Ends>,
}

/// Nodes that hear each other's frames in the order in which they were sent.
#[derive(Default)]
struct Talk {
    nodes: Vec<Node<Bytes, Ends>>,
    /// Which link of which node an end of a link is joined to.
    links: BTreeMap<(usize, LinkId), (usize, LinkId)>,
    /// Links that were made for introductions, and who drives which end.
    made: Vec<[Option<(usize, LinkId)>; 2]>,
    /// What was sent on a link whose other end has not been taken up.
    early: Vec<Early>,
    flying: VecDeque<Flying>,
    lines: Vec<String>,
}

const CAPABILITIES: Capabilities = Capabilities {
    resources: true,
    introductions: true,
};

impl Talk {
    /// A root, and nodes that it invited; with the ports of each invitation, the root's first.
    fn new(invited: usize) -> (Self, Vec<(PortId, PortId)>) {
        let config = |id: NodeId| Config {
            build: 5,
            limits: Limits {
                window: Amount::new(4, 1000),
                ports: 100,
                resources: 8,
                message_bytes: 5000,
                introductions: 16,
            },
            ..Config::new(id)
        };
        let mut talk = Self::default();
        talk.nodes.push(Node::new(config(NodeId::root(7))));
        let mut ports = Vec::new();
        for at in 1..=invited {
            let name = talk.nodes[0].invite().expect("a shallow tree");
            let mut node = Node::new(config(name.clone()));
            let above = talk.nodes[0].id().clone();
            let near = talk.nodes[0].add_link(name, CAPABILITIES, Side::Inviter);
            let far = node.add_link(above, CAPABILITIES, Side::Invitee);
            let ((near, port), (far, back)) = (near.expect("a link"), far.expect("a link"));
            talk.links.insert((0, near), (at, far));
            talk.links.insert((at, far), (0, near));
            talk.nodes.push(node);
            ports.push((port, back));
        }
        (talk, ports)
    }

    /// Lets everybody say all they have to say.
    fn settle(&mut self) {
        loop {
            for at in 0..self.nodes.len() {
                while let Some(effect) = self.nodes[at].poll_effect() {
                    self.act(at, effect);
                }
            }
            let Some(next) = self.flying.pop_front() else {
                return;
            };
            let (node, link) = next.to;
            let event = decode::<Bytes, Ends>(&next.bytes, next.ends, &Limits::default());
            self.nodes[node].event(link, event.expect("a frame"));
        }
    }

    fn act(&mut self, at: usize, effect: Effect<Bytes, Ends>) {
        match effect {
            Effect::Transmit(link, event) => {
                let name = name_of(&event);
                let (mut bytes, mut ends) = (Vec::new(), Vec::new());
                encode(event, &mut bytes, &mut ends);
                let to = self.links.get(&(at, link)).copied();
                let heard = self.peer(at, link);
                let line = format!("{at} {heard} {name:9} {}", hex(&bytes));
                self.lines.push(line);
                match to {
                    Some(to) => self.flying.push_back(Flying { to, bytes, ends }),
                    None => self.early.push(((at, link), bytes, ends)),
                }
            }
            Effect::Introduce(number, ..) => {
                let made = self.made.len();
                self.made.push([None; 2]);
                self.nodes[at].introduced(number, Some(((made, 0), (made, 1))));
            }
            Effect::Connect(link, _, (made, end)) => {
                self.made[made][end] = Some((at, link));
                if let [Some(a), Some(b)] = self.made[made] {
                    self.links.insert(a, b);
                    self.links.insert(b, a);
                    for (from, bytes, ends) in std::mem::take(&mut self.early) {
                        match self.links.get(&from).copied() {
                            Some(to) => self.flying.push_back(Flying { to, bytes, ends }),
                            None => self.early.push((from, bytes, ends)),
                        }
                    }
                }
            }
            Effect::LinkDown(_, cause) => panic!("{cause}"),
            _ => {}
        }
    }

    /// The node at the other end of a link, which need not be there yet.
    fn peer(&self, at: usize, link: LinkId) -> usize {
        let views = self.nodes[at].inspect().links;
        let view = views.iter().find(|view| view.id == link).expect("a link");
        let found = self.nodes.iter().position(|node| *node.id() == view.peer);
        found.expect("a node")
    }

    fn send(&mut self, node: usize, port: PortId, bytes: &[u8], ports: impl Into<Few<PortId>>) {
        let message = Message::new(Bytes(bytes.to_vec()), ports);
        self.nodes[node].send(port, message).expect("a port");
        self.settle();
    }

    fn receive(&mut self, node: usize, port: PortId) -> Message<Bytes> {
        let received = self.nodes[node].receive(port);
        self.settle();
        match received {
            Received::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// What was said since the last time, which must be on the page.
    fn is_on_the_page(&mut self) {
        let said = std::mem::take(&mut self.lines).join("\n");
        assert!(PAGE.contains(&said), "not in docs/wire.md:\n{said}");
    }
}

fn name_of(event: &Event<Bytes, Ends>) -> String {
    let debug = format!("{event:?}");
    debug.split([' ', '(']).next().unwrap_or("").to_owned()
}

/// Bytes in hexadecimal; fifteen zeros, which every name has here, in short.
fn hex(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    all.join(" ").replace(&["00"; 15].join(" "), "00*15")
}

#[test]
fn a_request_and_its_answer_are_on_the_page() {
    let (mut talk, ports) = Talk::new(1);
    talk.settle();
    talk.is_on_the_page();
    let (near, far) = ports[0];
    let (answer, reply) = talk.nodes[0].create();
    talk.send(0, near, &[1, 0, 8, 0x96, 1, 16, 0], vec![reply]);
    let request = talk.receive(1, far);
    let last = Message::new(Bytes(vec![0, 8, 7]), Vec::new());
    talk.nodes[1]
        .send_last(request.ports[0], last)
        .expect("a port");
    talk.settle();
    assert_eq!(talk.receive(0, answer).body.0, [0, 8, 7]);
    talk.is_on_the_page();
}

#[test]
fn credits_and_a_close_are_on_the_page() {
    let (mut talk, ports) = Talk::new(1);
    talk.settle();
    talk.lines.clear();
    let (near, far) = ports[0];
    for _ in 0..3 {
        talk.send(0, near, &[0, 8, 1], Vec::new());
    }
    for _ in 0..3 {
        talk.receive(1, far);
    }
    talk.nodes[0].close(near);
    talk.settle();
    assert_eq!(talk.nodes[1].receive(far), Received::Closed);
    talk.is_on_the_page();
}

#[test]
fn a_proxy_that_goes_away_is_on_the_page() {
    let (mut talk, ports) = Talk::new(2);
    talk.settle();
    talk.lines.clear();
    // Node 1 makes a pair, keeps one end and sends the other to node 2, by way of the root.
    let (kept, sent) = talk.nodes[1].create();
    talk.send(1, ports[0].1, &[1, 0, 8, 0], vec![sent]);
    let through = talk.receive(0, ports[0].0).ports;
    talk.send(0, ports[1].0, &[1, 0, 8, 0], through);
    let there = talk.receive(2, ports[1].1).ports[0];
    talk.is_on_the_page();
    talk.send(2, there, &[0, 8, 1], Vec::new());
    assert_eq!(talk.receive(1, kept).body.0, [0, 8, 1]);
    talk.is_on_the_page();
    assert!(talk.nodes.iter().all(Node::settled));
    assert_eq!(talk.nodes[0].inspect().ports.len(), 2);
}
