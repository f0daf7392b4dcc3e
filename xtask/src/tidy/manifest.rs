//! The few things the rules need from a `Cargo.toml`: which tables name which dependencies.
//!
//! Read line by line, which suffices for manifests as people and cargo write them: a table header, then `name = value` or
//! `name.key = value`. Values that go over several lines are skipped after their first.

/// One line that names a dependency.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency<'a> {
    /// The name of the package, which is not the name in the code when `package = "…"` renames it.
    pub(super) name: &'a str,
    /// The table it stands in, without the name of a target: `dependencies`, `dev-dependencies`, …
    pub(super) table: Table,
    /// Whether it takes its version from the workspace.
    pub(super) from_workspace: bool,
    pub(super) line: usize,
}

/// The kinds of tables with dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Needed by whoever uses the crate.
    Normal,
    /// Needed by the crate's build script.
    Build,
    /// Needed by the crate's own tests and examples only.
    Development,
    /// The workspace's list of versions.
    Workspace,
}

/// Lists the dependencies of a manifest in its order.
pub(super) fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut found: Vec<Dependency<'_>> = Vec::new();
    let mut header = "";
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        let number = index + 1;
        if let Some(rest) = line.strip_prefix('[') {
            // The comment behind a header, if any, is behind the last bracket.
            header = rest.rsplit_once(']').map_or(rest, |(header, _)| header);
            // `[dependencies.name]` names one by itself.
            if let Some((table, name)) = split_header(header) {
                found.push(Dependency {
                    name,
                    table,
                    from_workspace: false,
                    line: number,
                });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim());
        if let (Some(_), Some(last)) = (split_header(header), found.last_mut()) {
            match key {
                "workspace" => last.from_workspace = value.starts_with("true"),
                "package" => last.name = value.trim_matches('"'),
                _ => {}
            }
            continue;
        }
        if let Some(table) = table(header) {
            found.extend(entry(key, value, table, number));
        }
    }
    found
}

fn entry<'a>(key: &'a str, value: &'a str, table: Table, line: usize) -> Option<Dependency<'a>> {
    let (name, rest) = key.split_once('.').unwrap_or((key, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || !name.bytes().all(plain) {
        return None;
    }
    let inline = |wanted: &str| {
        let (_, after) = value.split_once(wanted)?;
        after.trim_start().strip_prefix('=').map(str::trim_start)
    };
    let renamed = inline("package").and_then(|rest| rest.strip_prefix('"')?.split('"').next());
    Some(Dependency {
        name: renamed.unwrap_or(name),
        table,
        from_workspace: (rest == "workspace" && value.starts_with("true"))
            || inline("workspace").is_some_and(|rest| rest.starts_with("true")),
        line,
    })
}

/// The kind of table a header such as `target.'cfg(unix)'.dev-dependencies` opens.
fn table(header: &str) -> Option<Table> {
    let last = match header.strip_prefix("target.") {
        Some(target) => target.rsplit('.').next()?,
        None => header,
    };
    match last {
        "dependencies" => Some(Table::Normal),
        "build-dependencies" => Some(Table::Build),
        "dev-dependencies" => Some(Table::Development),
        "workspace.dependencies" => Some(Table::Workspace),
        _ => None,
    }
}

/// The table and the name in a header such as `dependencies.name`.
fn split_header(header: &str) -> Option<(Table, &str)> {
    if table(header).is_some() {
        return None;
    }
    let (before, name) = header.rsplit_once('.')?;
    Some((table(before)?, name))
}

#[cfg(test)]
mod tests {
    use super::{Table, dependencies};

    fn found(manifest: &str) -> Vec<(&str, Table, bool)> {
        dependencies(manifest)
            .into_iter()
            .map(|found| (found.name, found.table, found.from_workspace))
            .collect()
    }

    #[test]
    fn every_way_to_name_a_dependency_is_read() {
        let manifest = "\
[package]
name = \"x\"
[dependencies] # with a comment
a.workspace = true
b = { workspace = true, features = [
    \"std\",
] }
c = \"1\"
d = { package = \"real-d\", version = \"1\" }
[dependencies.e]
workspace = true
[target.'cfg(unix)'.dependencies]
f = \"1\"
[target.\"cfg(loom)\".dev-dependencies]
g = { version = \"1\" }
[build-dependencies]
h = \"1\"
[features]
default = [\"a\"]
";
        use Table::{Build, Development, Normal};
        assert_eq!(
            found(manifest),
            [
                ("a", Normal, true),
                ("b", Normal, true),
                ("c", Normal, false),
                ("real-d", Normal, false),
                ("e", Normal, true),
                ("f", Normal, false),
                ("g", Development, false),
                ("h", Build, false),
            ]
        );
    }

    #[test]
    fn the_workspaces_own_list_is_a_table_too() {
        let manifest =
            "[workspace.dependencies]\na = \"1\"\n[workspace.lints.rust]\nb = \"deny\"\n";
        assert_eq!(found(manifest), [("a", Table::Workspace, false)]);
    }
}
