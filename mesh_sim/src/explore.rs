//! Exhaustive search of small worlds: every order in which frames, users and one crash can come.
//!
//! A [`Scene`] is a small world and a short list of what its users do, in order; between any two of these, and after, any
//! frame may be next, and once, any node may die. Users read at once what reaches them. Every reachable state is visited
//! once, told apart by a 128-bit hash of everything in it: cores, wires, the oracle's account. Where nothing can
//! happen any more, the world must pass the checks of the simulator, and then come to its end with empty tables.

use crate::check;
use crate::program::read_all;
use crate::world::{Happening, Outcome, Setup, World};
use mesh_node::protocol::{Amount, Limits};
use std::collections::HashSet;
use std::hash::{Hash, Hasher};

/// Something a user does. Handles are numbered as they are made; the invitation of node `n` is `2n - 2`, `2n - 1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// A pair in a node.
    Create(usize),
    /// A message on a handle, with these inside.
    Send(usize, Vec<usize>),
    /// A message that closes the handle behind it.
    Last(usize),
    /// Closes a handle.
    Close(usize),
    /// Joins two handles.
    Bridge(usize, usize),
}

/// A small world to search.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What it shows.
    pub name: &'static str,
    /// Number of nodes, the first being the root and inviter of the others.
    pub nodes: usize,
    /// What users do, in order. A step waits until its handles are in hand.
    pub acts: Vec<Act>,
    /// Whether a node may die, once.
    pub crash: bool,
}

/// What a search found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Distinct states.
    pub states: usize,
    /// States in which nothing can happen any more.
    pub ends: usize,
    /// Whether there were no more than that.
    pub complete: bool,
}

/// The scenes that are searched.
pub fn scenes() -> Vec<Scene> {
    let scene = |name, nodes, acts, crash| Scene {
        name,
        nodes,
        acts,
        crash,
    };
    vec![
        scene(
            "a port moves away and back while both ends speak",
            2,
            vec![
                Act::Create(0),
                Act::Send(2, vec![]),
                Act::Send(0, vec![3]),
                Act::Send(2, vec![]),
                Act::Send(3, vec![]),
                Act::Send(1, vec![3]),
                Act::Send(2, vec![]),
                Act::Send(3, vec![]),
            ],
            true,
        ),
        scene(
            "both ends move at once to two nodes and meet by introduction",
            3,
            vec![
                Act::Create(0),
                Act::Send(4, vec![]),
                Act::Send(0, vec![4]),
                Act::Send(2, vec![5]),
                Act::Send(4, vec![]),
                Act::Send(5, vec![]),
            ],
            true,
        ),
        scene(
            "both ends move to one node, and one is closed behind an answer",
            2,
            vec![
                Act::Create(0),
                Act::Send(0, vec![2]),
                Act::Send(3, vec![]),
                Act::Send(0, vec![3]),
                Act::Send(2, vec![]),
                Act::Last(3),
            ],
            true,
        ),
        scene(
            "a port goes round by way of the introducer, three moves",
            3,
            vec![
                Act::Create(1),
                Act::Send(1, vec![5]),
                Act::Send(4, vec![]),
                Act::Send(2, vec![5]),
                Act::Send(5, vec![]),
                Act::Send(3, vec![5]),
                Act::Close(4),
            ],
            true,
        ),
        scene(
            "two neighbours are bridged while both speak",
            3,
            vec![
                Act::Send(1, vec![]),
                Act::Bridge(0, 2),
                Act::Send(3, vec![]),
                Act::Send(1, vec![]),
                Act::Close(3),
            ],
            true,
        ),
    ]
}

/// Two lanes of FNV-1a with different primes: 128 bits of a state.
struct Lanes(u64, u64);

impl Hasher for Lanes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 ^= self.0 >> 29;
        self.1 = (self.1 ^ value.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.1 ^= self.1 >> 32;
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

#[derive(Clone, Hash)]
struct State {
    world: World,
    acts: usize,
    crashed: bool,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Act,
    Happen(Happening),
    Crash(usize, bool),
}

/// Visits the states of a scene, at most `bound` of them.
///
/// # Errors
/// The first broken promise, with the moves that lead to it.
pub fn explore(scene: &Scene, bound: usize) -> Outcome<Found> {
    let setup = Setup {
        nodes: scene.nodes,
        inviters: vec![0; scene.nodes - 1],
        limits: Limits {
            window: Amount::new(2, 64),
            ..Limits::default()
        },
        introductions: true,
        sabotage: None,
    };
    let mut world = World::new(&setup)?;
    greet(&mut world)?;
    let first = State {
        world,
        acts: 0,
        crashed: false,
    };
    let mut seen = HashSet::new();
    let mut found = Found::default();
    let mut stack: Vec<(State, Vec<Move>)> = vec![(first, Vec::new())];
    while let Some((state, path)) = stack.pop() {
        if !seen.insert(fingerprint(&state)) {
            continue;
        }
        found.states += 1;
        let moves = moves(scene, &state);
        let quiet = !moves
            .iter()
            .any(|m| matches!(m, Move::Act | Move::Happen(_)));
        let told = |reason: String, path: &[Move]| format!("{}: {reason}\n{path:?}", scene.name);
        if quiet {
            found.ends += 1;
            finish(&state).map_err(|reason| told(reason, &path))?;
        }
        if found.states >= bound {
            return Ok(found);
        }
        for next in moves {
            let mut after = state.clone();
            let mut path = path.clone();
            path.push(next);
            take(scene, &mut after, next).map_err(|reason| told(reason, &path))?;
            stack.push((after, path));
        }
    }
    found.complete = true;
    Ok(found)
}

/// Lets all links come up, in a fixed order: the search begins after that.
fn greet(world: &mut World) -> Outcome {
    while let Some(next) = world.happenings().first() {
        world.happen(*next, false)?;
    }
    Ok(())
}

fn fingerprint(state: &State) -> (u64, u64) {
    let mut lanes = Lanes(0xcbf2_9ce4_8422_2325, 0x8422_2325_cbf2_9ce4);
    state.hash(&mut lanes);
    (lanes.0, lanes.1)
}

fn moves(scene: &Scene, state: &State) -> Vec<Move> {
    let mut moves: Vec<Move> = state
        .world
        .happenings()
        .into_iter()
        .map(Move::Happen)
        .collect();
    if let Some(act) = scene.acts.get(state.acts) {
        if in_hand(&state.world, act) {
            moves.push(Move::Act);
        }
    }
    if scene.crash && !state.crashed {
        for node in 0..scene.nodes {
            moves.push(Move::Crash(node, true));
            moves.push(Move::Crash(node, false));
        }
    }
    moves
}

fn in_hand(world: &World, act: &Act) -> bool {
    let held = |handle: usize| {
        let handles = &world.ledger.handles;
        let place = handles.get(handle).map(|h| h.place);
        matches!(place, Some(crate::ledger::Place::User(..)))
    };
    match act {
        Act::Create(node) => world.nodes[*node].alive,
        Act::Send(handle, inside) => held(*handle) && inside.iter().all(|h| held(*h)),
        Act::Last(handle) | Act::Close(handle) => held(*handle),
        Act::Bridge(a, b) => held(*a) && held(*b),
    }
}

fn take(scene: &Scene, state: &mut State, next: Move) -> Outcome {
    let world = &mut state.world;
    match next {
        Move::Act => {
            let act = scene.acts[state.acts].clone();
            state.acts += 1;
            match act {
                Act::Create(node) => {
                    world.create(node);
                }
                Act::Send(handle, inside) => {
                    world.send(handle, inside, 0, Vec::new(), (true, false, false))?;
                }
                Act::Last(handle) => {
                    world.send(handle, Vec::new(), 0, Vec::new(), (true, true, false))?;
                }
                Act::Close(handle) => world.close(handle)?,
                Act::Bridge(a, b) => world.bridge(a, b)?,
            }
        }
        Move::Happen(what) => world.happen(what, false)?,
        Move::Crash(node, keep) => {
            state.crashed = true;
            world.crash(node, |n| if keep { n } else { 0 })?;
        }
    }
    for handle in 0..world.ledger.handles.len() {
        while world.receive(handle)? {}
    }
    // What only counts, and changes nothing that follows.
    world.frames = 0;
    world.bytes = 0;
    world.failures = 0;
    Ok(())
}

fn finish(state: &State) -> Outcome {
    let mut world = state.world.clone();
    read_all(&mut world, &mut greet)?;
    check::at_rest(&world)?;
    for handle in 0..world.ledger.handles.len() {
        world.close(handle)?;
    }
    read_all(&mut world, &mut greet)?;
    check::at_end(&world)
}
