//! What cannot be written down, and names that give way; with descriptors by hand, since the derive is in a crate above.

use super::*;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A field of this name, number 1.
const fn member(name: &'static str, ty: FieldType) -> Member {
    Member::Field(FieldDescriptor {
        name,
        number: 1,
        docs: "",
        ty,
    })
}

const NUMBER: FieldType = FieldType::One(ValueType::plain(ScalarType::UINT32));

/// Types that are messages, each with a package, a name and members.
macro_rules! messages {
    ($($type:ident: $package:literal, $name:literal, [$($member:expr),*];)*) => { $(
        struct $type;

        impl crate::DefaultEncoding for $type {
            type Encoding = crate::encodings::Message;
        }

        impl DescribeMessage for $type {
            const DESCRIPTOR: &'static MessageDescriptor = &MessageDescriptor {
                package: $package,
                name: $name,
                docs: "",
                members: &[$($member),*],
            };
        }
    )* };
}

const fn of<T: Describe>() -> FieldType {
    FieldType::One(T::VALUE)
}

messages! {
    One: "a.b", "One", [member("other", of::<Two>())];
    Two: "a.c", "Two", [member("b", NUMBER)];
    Inner: "a.b.inner", "Inner", [member("one", of::<One>()), member("two", of::<Two>())];
    ThereAndBack: "x", "There", [member("back", of::<Back>())];
    Back: "y", "Back", [member("there", of::<ThereAndBack>())];
    AnotherOne: "a.b", "One", [];
    PackageToo: "a", "b", [];
    Shadow: "s", "Shadow", [member("Other", of::<Other>()), member("lower", of::<Lower>())];
    Other: "s", "Other", [];
    Lower: "s", "message", [];
    Elsewhere: "e", "Elsewhere", [member("it", FieldType::Many(ValueType::Foreign { package: "far", name: "Away", file: "" }))];
    Accent: "", "Accent", [member("größe", NUMBER)];
    SameInJson: "", "Same", [member("a_b", NUMBER), member("aB", NUMBER)];
    Crowded: "", "Crowded", [
        member("crowded", FieldType::One(ValueType::Nested(&[]))),
        member("Crowded_", NUMBER),
        Member::Oneof(OneofDescriptor {
            name: "crowded",
            docs: "",
            fields: &[FieldDescriptor { name: "inside", number: 4, docs: "", ty: NUMBER }],
        })
    ];
}

fn message_of(files: Files) -> String {
    format!(
        "{}",
        files.render_all().expect_err("these cannot be described")
    )
}

#[test]
fn packages_import_each_other() {
    let all = Files::new()
        .add::<Inner>()
        .add::<One>()
        .render_all()
        .unwrap();
    let names: Vec<_> = all.keys().map(String::as_str).collect();
    assert_eq!(names, ["a.b.inner.proto", "a.b.proto", "a.c.proto"]);
    let inner = "package a.b.inner;\n\nimport \"a.b.proto\";\nimport \"a.c.proto\";\n\n\
        message Inner {\n  a.b.One one = 1;\n  a.c.Two two = 1;\n}\n";
    assert!(all["a.b.inner.proto"].ends_with(inner), "{all:?}");
}

#[test]
fn the_order_in_which_types_are_added_does_not_matter() {
    let one = Files::new().add::<Inner>().add::<Shadow>();
    let other = Files::new().add::<Shadow>().add::<Two>().add::<Inner>();
    assert_eq!(one.render_all().unwrap(), other.render_all().unwrap());
}

#[test]
fn packages_that_refer_to_each_other_are_refused() {
    let message = message_of(Files::new().add::<Back>());
    assert_eq!(message, "the packages `y` and `x` refer to each other");
}

#[test]
fn two_types_with_one_name_are_refused_unless_they_are_the_same() {
    let message = message_of(Files::new().add::<One>().add::<AnotherOne>());
    assert_eq!(
        message,
        "`a.b.One` is the name of two things; `rename` gives one another"
    );
    assert!(Files::new().add::<One>().add::<One>().render_all().is_ok());
}

#[test]
fn a_type_with_the_name_of_a_package_is_refused() {
    let message = message_of(Files::new().add::<One>().add::<PackageToo>());
    assert_eq!(
        message,
        "`a.b` is the name of two things; `rename` gives one another"
    );
}

#[test]
fn a_name_that_means_another_thing_here_is_written_in_full() {
    let text = Files::new().add::<Shadow>().render("s").unwrap();
    let shadow = "message Shadow {\n  .s.Other Other = 1;\n  .s.message lower = 1;\n}\n";
    assert!(text.contains(shadow), "{text}");
}

#[test]
fn a_message_of_another_file_needs_its_file() {
    let message = message_of(Files::new().add::<Elsewhere>());
    assert_eq!(
        message,
        "no file is known for `far.Away`; `Files::import` names one"
    );
    let files = Files::new()
        .add::<Elsewhere>()
        .import("far.Away", "far/away.proto");
    let text = files.render("e").unwrap();
    assert!(text.contains("import \"far/away.proto\";\n"), "{text}");
    assert!(text.contains("  repeated far.Away it = 1;\n"), "{text}");
}

#[test]
fn names_that_protobuf_does_not_have_are_refused() {
    let message = message_of(Files::new().add::<Accent>());
    assert_eq!(
        message,
        "`Accent.größe` is not a protobuf name; `rename` gives it another"
    );
    let message = message_of(Files::new().add::<SameInJson>());
    assert_eq!(
        message,
        "`Same.aB` is the name of two things; `rename` gives one another"
    );
}

#[test]
fn names_that_are_made_up_give_way_to_those_that_are_given() {
    let text = Files::new().add::<Crowded>().render("").unwrap();
    let crowded = "message Crowded {\n  message Crowded__ {}\n\n  Crowded__ crowded = 1;\n  uint32 Crowded_ = 1;\n  \
        oneof crowded_ {\n    uint32 inside = 4;\n  }\n}\n";
    assert!(text.contains(crowded), "{text}");
}

#[test]
fn a_number_alone_has_no_name() {
    let message = message_of(Files::new().add::<u32>());
    assert_eq!(
        message,
        "`u32` is neither a message nor an enum that has a name"
    );
    let error = Files::new().add::<One>().render("z").unwrap_err();
    assert_eq!(format!("{error}"), "no type is in the package `z`");
}

#[cfg(feature = "std")]
#[test]
fn files_are_written_and_checked_and_left_alone_when_current() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::new().add::<One>();
    let path = folder.path().join("proto");
    assert!(matches!(
        files.check_current(&path),
        Err(Error::Stale { .. })
    ));

    files.write_to(&path).unwrap();
    files.check_current(&path).unwrap();

    let file = path.join("a.b.proto");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace('\n', "\r\n")).unwrap();
    files.check_current(&path).unwrap();

    std::fs::write(&file, text + "message More {}\n").unwrap();
    let Err(Error::Stale { path: stale }) = files.check_current(&path) else {
        panic!("a changed file was taken for current");
    };
    assert_eq!(stale, file);
    files.write_to(&path).unwrap();
    files.check_current(&path).unwrap();
}
