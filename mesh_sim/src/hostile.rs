//! The hostile peer: a node of a live world that turns, and from then on sends whatever it likes.
//!
//! It was honest for a while, so it holds real channels. Then it forges: any event with any numbers, near the ones that
//! mean something; frames cut short, with bytes flipped, with more or fewer resources than they announce; introductions
//! to real and invented nodes; endless ports. Every second one plays along meanwhile (see [`liar`](crate::liar)). The rest of the world goes on with its program. In the end it hangs up.
//!
//! What must hold: nothing panics; only links to it are ended; its table entries stay within what it was granted; ports
//! whose route did not go through it, and messages on them, are untouched; and when all is closed, all tables are empty.

use crate::body::{Resource, SimBody};
use crate::check;
use crate::liar::tamper;
use crate::program::{Program, Stats, read_all};
use crate::rng::Rng;
use crate::world::{EndState, Outcome, World};
use mesh_node::protocol::{
    Amount, Cause, CauseKind, Channel, Event, Hello, Hop, Limits, NodeId, PortDesc, PortId, frame,
};

/// Channels a node grants in hostile worlds, so that the bound can be reached.
const PORTS: u32 = 200;

/// Runs the hostile world of a seed.
///
/// # Errors
/// The first broken promise.
pub fn run(seed: u64) -> Outcome<Stats> {
    let mut program = Program::random(seed);
    narrow(&mut program.setup.limits);
    let mut world = World::new(&program.setup)?;
    run_in(&program, &mut world)
}

/// Runs it again, telling every event.
pub fn trace(seed: u64) {
    let mut program = Program::random(seed);
    narrow(&mut program.setup.limits);
    if let Ok(mut world) = World::new(&program.setup) {
        world.trace = true;
        let outcome = run_in(&program, &mut world);
        world.tell(format!("{outcome:?}\n{}", world.show()));
    }
}

/// Grants so little that a malicious node can reach the bound.
pub(crate) fn narrow(limits: &mut Limits) {
    limits.ports = PORTS;
    limits.introductions = 30;
    limits.resources = limits.resources.min(4);
    limits.message_bytes = limits.message_bytes.min(200);
}

fn run_in(program: &Program, world: &mut World) -> Outcome<Stats> {
    let mut rng = Rng::new(program.seed ^ 0xbad);
    let node = 1 + rng.below(program.setup.nodes - 1);
    let turns = rng.below(program.steps.len());
    let mut shots = 5 + rng.below(60);
    for (at, step) in program.steps.iter().enumerate() {
        if at == turns {
            let plays = rng.one_in(2);
            world.turn(node, plays)?;
        }
        program.apply(world, *step)?;
        if at > turns && shots > 0 {
            shots -= 1;
            shoot(world, node, &mut rng)?;
            check_bounds(world)?;
        }
    }
    while shots > 0 {
        shots -= 1;
        shoot(world, node, &mut rng)?;
        for _ in 0..rng.below(6) {
            let all = world.happenings();
            if !all.is_empty() {
                let what = all[rng.below(all.len())];
                world.happen(what, rng.one_in(20))?;
            }
        }
        check_bounds(world)?;
    }
    part(program, world, node, &mut rng)
}

/// The malicious node hangs up, the world comes to rest, and everything is closed and checked.
pub(crate) fn part(
    program: &Program,
    world: &mut World,
    node: usize,
    rng: &mut Rng,
) -> Outcome<Stats> {
    world.hang_up(node)?;
    read_all(world, &mut |w| program.rest(w, rng))?;
    let stuck = check::at_rest(world)?;
    for handle in 0..world.ledger.handles.len() {
        world.close(handle)?;
    }
    // Forged messages may hold ports that only now come out.
    read_all(world, &mut |w| program.rest(w, rng))?;
    check::at_end(world)?;
    Ok(Stats::of(world, stuck))
}

/// Checks what nodes hold for the malicious one.
pub(crate) fn check_bounds(world: &World) -> Outcome {
    for (at, node) in world.nodes.iter().enumerate().filter(|(_, n)| n.alive) {
        for link in node.core.inspect().links {
            if link.channels > 2 * PORTS as usize {
                return Err(format!(
                    "node {at} has {} channels on a link",
                    link.channels
                ));
            }
        }
    }
    Ok(())
}

/// Does one thing: sends a frame, of any kind, on one of the hostile node's wires, or a flood of them; or if the node plays along,
/// tampers with what its core says, or has its users do something.
pub(crate) fn shoot(world: &mut World, node: usize, rng: &mut Rng) -> Outcome {
    let wires: Vec<(usize, u8)> = world.nodes[node].links.values().copied().collect();
    if wires.is_empty() {
        return Ok(());
    }
    let (wire, side) = wires[rng.below(wires.len())];
    if world.nodes[node].plays {
        match rng.below(8) {
            0..=3 => {
                tamper(world, wire, side ^ 1, rng);
                return Ok(());
            }
            4..=6 => return world.play(node, rng),
            _ => {}
        }
    }
    if rng.one_in(50) {
        flood(world, node, (wire, side ^ 1), rng);
        return Ok(());
    }
    let aim = take_aim(world, wire, side ^ 1, rng);
    let event = forge_event(world, rng, aim);
    let (mut bytes, mut resources) = (Vec::new(), Vec::new());
    frame::encode(event, &mut bytes, &mut resources);
    match rng.below(40) {
        0 => bytes.truncate(rng.below(bytes.len() + 1)),
        1 => resources.push(Resource::Token(0)),
        2 => drop(resources.pop()),
        3 if !bytes.is_empty() => {
            let at = rng.below(bytes.len());
            bytes[at] ^= 1 << rng.below(8);
        }
        4 => bytes.extend((0..rng.below(300)).map(|n| n as u8)),
        5 if !bytes.is_empty() => {
            // A number that is larger than it was, or longer than numbers are, somewhere; mostly where the lengths are.
            let at = rng.below(bytes.len().min(6));
            let count = 1 + rng.below(11);
            bytes.splice(at..at, std::iter::repeat_n(0xff, count));
        }
        _ => {}
    }
    world.forge(wire, side ^ 1, bytes, resources);
    Ok(())
}

/// More introductions, asked for or made, than anyone is granted; or all the ports that are, and one more.
fn flood(world: &mut World, node: usize, (wire, towards): (usize, u8), rng: &mut Rng) {
    if rng.one_in(6) {
        return flood_with_ports(world, (wire, towards), rng);
    }
    let wants = rng.one_in(2);
    let near = if wants {
        any_node(world, rng)
    } else {
        world.nodes[node].core.id().clone()
    };
    for number in 0..40 {
        let stranger = near.child(number);
        let event = if wants {
            Event::Want {
                target: stranger,
                seen: 0,
            }
        } else {
            let end = Resource::End(world.dead_wire(), 1);
            Event::Introduce {
                peer: stranger,
                end,
            }
        };
        let (mut bytes, mut resources) = (Vec::new(), Vec::new());
        frame::encode::<SimBody, _>(event, &mut bytes, &mut resources);
        world.forge(wire, towards, bytes, resources);
    }
}

fn flood_with_ports(world: &mut World, (wire, towards): (usize, u8), rng: &mut Rng) {
    // Whoever sends such a message on may have to wait until ports are closed.
    world.tight = true;
    let aim = take_aim(world, wire, towards, rng);
    let body = SimBody {
        id: 0,
        padding: 0,
        tokens: Vec::new(),
        ready: true,
    };
    let window = Amount::new(1, 100);
    let end = aim.next + u64::from(PORTS).saturating_sub(aim.open);
    let channels = |numbers: std::ops::Range<u64>| {
        numbers.map(|number| PortDesc {
            channel: Channel { ours: true, number },
            grant: window,
            room: window,
        })
    };
    let message = Event::Message {
        channel: aim.channel,
        sequence: aim.sequence,
        fingerprint: None,
        body,
        ports: channels(aim.next..end).collect(),
        last: false,
    };
    let open = Event::Open {
        channel: Channel {
            ours: true,
            number: end,
        },
        by: any_node(world, rng),
        token: 0,
        room: window,
    };
    for event in [message, open] {
        let (mut bytes, mut resources) = (Vec::new(), Vec::new());
        frame::encode(event, &mut bytes, &mut resources);
        world.forge(wire, towards, bytes, resources);
    }
}

pub(crate) fn any_node(world: &mut World, rng: &mut Rng) -> NodeId {
    if rng.one_in(5) {
        return NodeId::root(1)
            .child(rng.below(9) as u32)
            .child(rng.below(3) as u32);
    }
    let at = rng.below(world.nodes.len());
    world.nodes[at].core.id().clone()
}

pub(crate) fn any_amount(rng: &mut Rng) -> Amount {
    match rng.below(8) {
        0 => Amount::new(i64::MAX, i64::MAX),
        1 => Amount::new(i64::MIN, i64::MIN),
        2 => Amount::new(1 << 20, 1 << 36),
        _ => Amount::new(rng.below(20) as i64 - 2, rng.below(2000) as i64 - 100),
    }
}

/// Numbers that mean something to the node under attack.
#[derive(Clone, Copy)]
struct Aim {
    channel: Channel,
    sequence: u64,
    next: u64,
    /// Channels of ours that are open.
    open: u64,
}

/// Looks into the tables of the node at the far end: the hostile one knows what it was given.
fn take_aim(world: &World, wire: usize, side: u8, rng: &mut Rng) -> Aim {
    let mut aim = Aim {
        channel: any_channel(rng),
        sequence: any_number(rng),
        next: rng.below(8) as u64,
        open: 0,
    };
    let EndState::Attached(node, link) = world.wires[wire].ends[usize::from(side)] else {
        return aim;
    };
    let core = &world.nodes[node].core;
    let views = core.inspect();
    let Some(view) = views.links.iter().find(|l| l.id == link) else {
        return aim;
    };
    if !rng.one_in(10) {
        aim.next = view.issued.1;
    }
    let (ours, theirs) = view.issued;
    let channels = |ours, count| (0..count).map(move |number| Channel { ours, number });
    let live: Vec<(Channel, PortId)> = channels(true, ours)
        .chain(channels(false, theirs))
        .filter_map(|c| core.owner(link, c).map(|port| (c, port)))
        .collect();
    aim.open = live.iter().filter(|(channel, _)| !channel.ours).count() as u64;
    if !live.is_empty() && !rng.one_in(10) {
        let (channel, port) = live[rng.below(live.len())];
        aim.channel = Channel {
            ours: !channel.ours,
            ..channel
        };
        let routes = views
            .ports
            .iter()
            .filter(|p| p.id == port)
            .flat_map(|p| &p.routes);
        let hop = Hop::Link(link, channel);
        let got = routes
            .filter(|r| r.inn == hop)
            .map(|r| r.got.messages)
            .next();
        if !rng.one_in(10) {
            aim.sequence = got.unwrap_or(0).unsigned_abs();
        }
    }
    aim
}

fn any_channel(rng: &mut Rng) -> Channel {
    let number = match rng.below(12) {
        0 => rng.next_u64() >> 1,
        _ => rng.below(6) as u64,
    };
    Channel {
        ours: rng.one_in(2),
        number,
    }
}

fn any_number(rng: &mut Rng) -> u64 {
    match rng.below(12) {
        0 => rng.next_u64(),
        _ => rng.below(5) as u64,
    }
}

fn forge_event(world: &mut World, rng: &mut Rng, aim: Aim) -> Event<SimBody, Resource> {
    let channel = aim.channel;
    let cause = Cause::new(CauseKind::Lost, "says the hostile one");
    match rng.below(41) {
        0 if rng.one_in(4) => Event::Hello(Hello {
            versions: (0, 9),
            features: 0,
            build: 0,
            node: any_node(world, rng),
            limits: Limits::default(),
        }),
        1..=9 => forge_message(rng, aim),
        10..=11 => Event::Close { channel },
        12 => Event::Fail { channel, cause },
        13..=14 => Event::Credit {
            channel,
            limit: any_amount(rng),
        },
        15..=16 => Event::Need {
            channel,
            limit: any_amount(rng),
        },
        17..=34 => forge_bypass(world, rng, aim),
        35..=36 => Event::Want {
            target: any_node(world, rng),
            seen: rng.below(3) as u32,
        },
        37 => Event::WantNo {
            target: any_node(world, rng),
        },
        38 => {
            let wire = world.dead_wire();
            Event::Introduce {
                peer: any_node(world, rng),
                end: Resource::End(wire, 1),
            }
        }
        39 if rng.one_in(4) => Event::Bye { cause },
        _ => forge_message(rng, aim),
    }
}

fn forge_message(rng: &mut Rng, aim: Aim) -> Event<SimBody, Resource> {
    let first = aim.next;
    let count = [0, 0, 1, 1, 2, 50, 150][rng.below(7)];
    let ports = (first..first + count)
        .map(|number| PortDesc {
            channel: Channel { ours: true, number },
            grant: Amount::new(rng.below(4) as i64, 100),
            room: any_amount(rng).min_with(Amount::new(1 << 20, 1 << 36), rng),
        })
        .collect();
    let (id, padding) = (rng.below(1000) as u64, rng.below(60) as u32);
    Event::Message {
        channel: aim.channel,
        sequence: aim.sequence,
        fingerprint: (id % 10 == 3).then_some(id),
        body: SimBody {
            id,
            // Now and then more than was granted.
            padding: if padding == 59 { 400 } else { padding },
            tokens: if id % 50 == 49 {
                vec![0; 5]
            } else {
                Vec::new()
            },
            ready: true,
        },
        ports,
        last: rng.one_in(8),
    }
}

/// Mostly keeps an amount within a bound, so that not every forgery is stopped at the same check.
trait MostlyWithin {
    fn min_with(self, bound: Amount, rng: &mut Rng) -> Amount;
}

impl MostlyWithin for Amount {
    fn min_with(self, bound: Amount, rng: &mut Rng) -> Amount {
        if rng.one_in(20) {
            return self;
        }
        Amount::new(
            self.messages.min(bound.messages),
            self.bytes.min(bound.bytes),
        )
    }
}

/// Something about a proxy going away.
fn forge_bypass(world: &mut World, rng: &mut Rng, aim: Aim) -> Event<SimBody, Resource> {
    let channel = aim.channel;
    let token = rng.below(6) as u64;
    match 17 + rng.below(18) {
        17..=19 => Event::Ask {
            channel,
            target: any_node(world, rng),
            token,
        },
        20..=21 => Event::Yes { channel, token },
        22..=23 => Event::No { channel, token },
        24 if rng.one_in(2) => Event::Again { channel },
        24 => Event::Opened {
            channel,
            room: any_amount(rng),
        },
        25..=26 => Event::Release { channel, token },
        27..=28 => Event::Go {
            channel,
            target: any_node(world, rng),
            token,
        },
        29 => Event::Refuse { channel, token },
        30..=31 => Event::Open {
            channel: Channel {
                ours: true,
                number: aim.next,
            },
            by: any_node(world, rng),
            token,
            room: any_amount(rng),
        },
        _ => Event::End {
            channel,
            messages: aim.sequence,
            leaving: rng.one_in(2),
        },
    }
}
