//! Which crate may name which: dependencies point one way, and the operating system and async runtimes stay outside.
//!
//! The table is the one of ARCHITECTURE.md. A crate that is not in it is a violation, so that a new crate gets its place
//! before it gets its users. Development dependencies may point anywhere: a derive cannot be tested without the codec above
//! it, nor a channel without some executor.

use super::Violation;
use super::manifest::{Dependency, Table, dependencies};
use super::tree::Tree;

/// A crate's place: what it may name of this workspace, and whether its users are bystanders.
struct Layer {
    name: &'static str,
    may_name: Names,
    kind: Kind,
}

enum Names {
    Only(&'static [&'static str]),
    All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A crate that users depend on, free of the operating system.
    Library,
    /// A crate that users depend on, made to call the operating system.
    System,
    /// A member of the workspace that is not published.
    Internal,
    /// A workspace of its own, with dependencies of its own.
    Apart,
}

const CODEC: &[&str] = &["mesh_derive", "mesh_protobuf"];
const NODE: &[&str] = &["mesh_derive", "mesh_node", "mesh_protobuf"];
const CHANNEL: &[&str] = &["mesh_channel", "mesh_derive", "mesh_node", "mesh_protobuf"];
const REMOTE: &[&str] = &["mesh_derive", "mesh_node", "mesh_protobuf", "mesh_vchan"];

const LAYERS: &[Layer] = &[
    layer("mesh_derive", Names::Only(&[]), Kind::Library),
    layer(
        "mesh_protobuf",
        Names::Only(&["mesh_derive"]),
        Kind::Library,
    ),
    layer("mesh_node", Names::Only(CODEC), Kind::Library),
    layer("mesh_channel", Names::Only(NODE), Kind::Library),
    layer("mesh", Names::Only(CHANNEL), Kind::Library),
    layer("mesh_vchan", Names::Only(&[]), Kind::System),
    layer("mesh_remote", Names::Only(REMOTE), Kind::System),
    layer(
        "mesh_process",
        Names::Only(&["mesh", "mesh_node", "mesh_remote"]),
        Kind::System,
    ),
    layer("mesh_worker", Names::Only(&["mesh"]), Kind::Library),
    layer("examples", Names::All, Kind::Internal),
    layer("conformance", Names::Only(CODEC), Kind::Internal),
    layer("guest", Names::Only(CODEC), Kind::Internal),
    layer("docs", Names::All, Kind::Internal),
    layer(
        "interop",
        Names::Only(&["mesh", "mesh_derive", "mesh_protobuf"]),
        Kind::Internal,
    ),
    layer("mesh_sim", Names::Only(&["mesh_node"]), Kind::Internal),
    layer("xtask", Names::Only(&[]), Kind::Internal),
    layer("mesh_bench", Names::All, Kind::Apart),
    layer("fuzz", Names::All, Kind::Apart),
];

/// Async runtimes, which a library must not choose for its users.
const RUNTIMES: &[&str] = &[
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "glommio",
    "monoio",
    "smol",
    "tokio",
];

/// Bindings to the operating system.
const SYSTEM: &[&str] = &["libc", "nix", "rustix", "winapi", "windows", "windows-sys"];

const fn layer(name: &'static str, may_name: Names, kind: Kind) -> Layer {
    Layer {
        name,
        may_name,
        kind,
    }
}

/// Every crate names only what its place allows.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.files() {
        // The root manifest is no crate, and a crate inside a crate has its workspace's place.
        let Some((folder, "Cargo.toml")) = path.split_once('/') else {
            continue;
        };
        match LAYERS.iter().find(|layer| layer.name == folder) {
            None => violations.push(Violation::of(
                path,
                "a crate without a place: add it to the table in xtask/src/tidy/layers.rs \
                 and in ARCHITECTURE.md",
            )),
            Some(layer) => violations.extend(check_crate(path, text, layer)),
        }
    }
    violations
}

fn check_crate(path: &str, text: &str, layer: &Layer) -> Vec<Violation> {
    let at = |dependency: &Dependency<'_>, message: String| {
        Violation::at(path, dependency.line, message)
    };
    let mut violations = Vec::new();
    for dependency in dependencies(text) {
        let name = dependency.name;
        if layer.kind != Kind::Apart && !dependency.from_workspace {
            violations.push(at(
                &dependency,
                format!("`{name}` does not take its version from the workspace"),
            ));
        }
        if matches!(dependency.table, Table::Development | Table::Workspace) {
            continue;
        }
        let ours = LAYERS.iter().any(|layer| layer.name == name);
        let allowed = match layer.may_name {
            Names::All => true,
            Names::Only(names) => names.contains(&name),
        };
        let library = matches!(layer.kind, Kind::Library | Kind::System);
        if ours && !allowed {
            violations.push(at(
                &dependency,
                format!("{} may not name `{name}`", layer.name),
            ));
        }
        if library && RUNTIMES.contains(&name) {
            violations.push(at(
                &dependency,
                format!("`{name}` is an async runtime, and users bring their own"),
            ));
        }
        if layer.kind == Kind::Library && SYSTEM.contains(&name) {
            violations.push(at(
                &dependency,
                format!("`{name}` calls the operating system, which belongs in the transports"),
            ));
        }
    }
    if layer.kind != Kind::Apart && !inherits_lints(text) {
        violations.push(Violation::of(path, "does not take the workspace's lints"));
    }
    violations
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::Tree;

    fn messages(path: &str, dependencies: &str) -> Vec<String> {
        let manifest = format!("{dependencies}\n[lints]\nworkspace = true\n");
        let violations = check(&Tree::of(&[(path, &manifest)]));
        violations.into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn a_crate_that_names_one_above_it_is_found() {
        let manifest = "[dependencies]\nmesh_channel.workspace = true\n";
        assert_eq!(messages("mesh/Cargo.toml", manifest), [] as [&str; 0]);
        assert_eq!(
            messages("mesh_node/Cargo.toml", manifest),
            ["mesh_node may not name `mesh_channel`"]
        );
    }

    #[test]
    fn a_development_dependency_may_point_up() {
        let manifest =
            "[dev-dependencies]\nmesh_channel.workspace = true\ntokio.workspace = true\n";
        assert_eq!(messages("mesh_node/Cargo.toml", manifest), [] as [&str; 0]);
    }

    #[test]
    fn an_async_runtime_in_a_library_is_found() {
        let manifest = "[target.'cfg(unix)'.dependencies]\ntokio.workspace = true\n";
        assert!(messages("mesh_remote/Cargo.toml", manifest)[0].contains("async runtime"));
        assert_eq!(messages("examples/Cargo.toml", manifest), [] as [&str; 0]);
    }

    #[test]
    fn the_operating_system_outside_the_transports_is_found() {
        let manifest = "[dependencies]\nrustix.workspace = true\n";
        assert_eq!(
            messages("mesh_remote/Cargo.toml", manifest),
            [] as [&str; 0]
        );
        assert!(messages("mesh_channel/Cargo.toml", manifest)[0].contains("operating system"));
    }

    #[test]
    fn a_version_of_its_own_is_found_except_in_a_workspace_apart() {
        let manifest = "[dev-dependencies]\nslab = \"0.4\"\n";
        assert!(messages("mesh/Cargo.toml", manifest)[0].contains("version"));
        assert_eq!(messages("mesh_bench/Cargo.toml", manifest), [] as [&str; 0]);
    }

    #[test]
    fn a_crate_without_a_place_or_without_the_lints_is_found() {
        assert!(messages("mesh_new/Cargo.toml", "")[0].contains("without a place"));
        let violations = check(&Tree::of(&[("mesh/Cargo.toml", "[dependencies]\n")]));
        assert!(violations[0].message.contains("lints"));
    }
}
