//! Which workers a host knows.
//!
//! A [`WorkerFactory`] finds the [`WorkerBuilder`] for a name. [`RegisteredWorkers`] is the one over all workers that
//! [`register_workers!`](crate::register_workers) has listed anywhere in the program; [`worker_list!`](crate::worker_list)
//! makes one over an explicit list. A factory can also be written by hand.

use crate::instance::{self, Connected, Started};
use crate::worker::Worker;
use futures::future::BoxFuture;
use std::fmt;

/// Finds workers by name.
///
/// # Examples
///
/// A factory that knows one worker, and only when it is told to:
///
/// ```
/// use mesh_worker::{Worker, WorkerBuilder, WorkerFactory};
///
/// struct Only<W>(bool, std::marker::PhantomData<fn(W)>);
///
/// impl<W: Worker> WorkerFactory for Only<W> {
///     fn find(&self, name: &str) -> Option<WorkerBuilder> {
///         (self.0 && name == W::ID.name()).then(WorkerBuilder::new::<W>)
///     }
/// }
/// ```
pub trait WorkerFactory {
    /// The builder of the worker with this name, if there is one.
    fn find(&self, name: &str) -> Option<WorkerBuilder>;
}

impl<F: WorkerFactory + ?Sized> WorkerFactory for &F {
    fn find(&self, name: &str) -> Option<WorkerBuilder> {
        (**self).find(name)
    }
}

impl<F: WorkerFactory + ?Sized> WorkerFactory for Box<F> {
    fn find(&self, name: &str) -> Option<WorkerBuilder> {
        (**self).find(name)
    }
}

/// Starts workers of one type.
#[derive(Clone, Copy)]
pub struct WorkerBuilder {
    name: &'static str,
    start: fn(Connected) -> std::io::Result<Started>,
}

impl WorkerBuilder {
    /// A builder of `W`s.
    pub const fn new<W: Worker>() -> Self {
        Self {
            name: W::ID.name(),
            start: instance::start::<W>,
        }
    }

    /// The worker's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Gives a worker its thread; the future passes on what its handle asks, until the worker has ended.
    pub(crate) fn start(&self, connected: Connected) -> std::io::Result<BoxFuture<'static, ()>> {
        (self.start)(connected)
    }
}

impl fmt::Debug for WorkerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WorkerBuilder").field(&self.name).finish()
    }
}

/// The factory of all workers that the program has registered with [`register_workers!`](crate::register_workers).
#[derive(Clone, Copy, Debug, Default)]
pub struct RegisteredWorkers;

impl WorkerFactory for RegisteredWorkers {
    fn find(&self, name: &str) -> Option<WorkerBuilder> {
        inventory::iter::<Registered>
            .into_iter()
            .map(|registered| registered.0)
            .find(|builder| builder.name == name)
    }
}

/// One entry of the program's list of workers.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registered(pub WorkerBuilder);

inventory::collect!(Registered);

/// Makes workers known to [`RegisteredWorkers`], in whichever crate of the program it is written.
///
/// Names must be unique in the program; of two workers with one name, either may be found.
///
/// # Examples
///
/// See the [crate's documentation](crate).
#[macro_export]
macro_rules! register_workers {
    ($($worker:ty),* $(,)?) => { $(
        $crate::__private::inventory::submit! {
            $crate::__private::Registered($crate::WorkerBuilder::new::<$worker>())
        }
    )* };
}

/// Makes a [`WorkerFactory`](crate::WorkerFactory) over an explicit list of workers.
///
/// # Examples
///
/// ```
/// # struct Disk;
/// # impl mesh_worker::Worker for Disk {
/// #     type Parameters = ();
/// #     type State = ();
/// #     const ID: mesh_worker::WorkerId<()> = mesh_worker::WorkerId::new("disk");
/// #     fn new(_: ()) -> anyhow::Result<Self> { Ok(Self) }
/// #     fn restart(_: ()) -> anyhow::Result<Self> { Ok(Self) }
/// #     fn run(self, _: mesh::Receiver<mesh_worker::WorkerRpc<()>>) -> anyhow::Result<()> { Ok(()) }
/// # }
/// use mesh_worker::{WorkerFactory, worker_list};
///
/// worker_list! {
///     /// The workers of the sandboxed process.
///     pub struct SandboxWorkers { Disk }
/// }
///
/// assert!(SandboxWorkers.find("disk").is_some());
/// assert!(SandboxWorkers.find("tpm").is_none());
/// ```
#[macro_export]
macro_rules! worker_list {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident { $($worker:ty),* $(,)? }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Default)]
        $visibility struct $name;

        impl $crate::WorkerFactory for $name {
            fn find(&self, name: &str) -> ::core::option::Option<$crate::WorkerBuilder> {
                const WORKERS: &[$crate::WorkerBuilder] =
                    &[$($crate::WorkerBuilder::new::<$worker>()),*];
                WORKERS.iter().copied().find(|worker| worker.name() == name)
            }
        }
    };
}
