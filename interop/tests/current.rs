//! The committed `.proto` files are what the types say.

#[test]
fn the_proto_files_are_current() {
    let files = interop::files();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/proto");
    if std::env::var_os("MESH_BLESS").is_some() {
        files.write_to(folder).unwrap();
    }
    files.check_current(folder).unwrap();
}
