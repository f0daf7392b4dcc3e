//! Errors that travel: what of them arrives.

use mesh_channel::error::{MAX_LINKS, RemoteError};
use mesh_channel::rpc::RpcError;
use mesh_node::OwnedMessage;
use mesh_node::message::SerializedMessage;
use std::error::Error;
use std::fmt;
use std::io;

/// Through bytes, as to another process.
fn travel(error: RemoteError) -> RemoteError {
    let message = OwnedMessage::new(error).serialize();
    assert!(message.resources.is_empty());
    OwnedMessage::serialized(message)
        .parse()
        .expect("an error decodes")
}

fn texts(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |link| (*link).source())
        .map(ToString::to_string)
        .collect()
}

#[derive(Debug, thiserror::Error)]
#[error("layer {0}")]
struct Layer(usize, #[source] Option<Box<Layer>>);

fn layers(count: usize) -> Layer {
    (0..count).fold(Layer(0, None), |inner, number| {
        Layer(number + 1, Some(Box::new(inner)))
    })
}

/// An error that is its own cause.
#[derive(Debug)]
struct Circle;

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("again")
    }
}

impl Error for Circle {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&Self)
    }
}

#[test]
fn a_remote_error_reads_like_the_error_it_was_made_from() {
    let error = RemoteError::new(layers(2));
    assert_eq!(texts(&error), ["layer 2", "layer 1", "layer 0"]);
    assert_eq!(format!("{error:?}"), format!("{:?}", layers(2)));
    assert!(error.into_inner().is::<Layer>());
}

#[test]
fn text_and_sources_survive_any_number_of_ways() {
    let error = travel(RemoteError::new(layers(2)));
    assert_eq!(texts(&error), ["layer 2", "layer 1", "layer 0"]);
    let error = travel(travel(error));
    assert_eq!(texts(&error), ["layer 2", "layer 1", "layer 0"]);
    assert_eq!(format!("{error:?}"), r#"["layer 2", "layer 1", "layer 0"]"#);
}

#[test]
fn making_a_remote_error_of_one_adds_no_layer() {
    let error = RemoteError::new(RemoteError::new(io::Error::other("io")));
    assert!(error.get_ref().is::<io::Error>());
}

#[test]
fn within_a_process_the_error_itself_arrives() {
    let message = OwnedMessage::new(RemoteError::new(io::Error::other("io")));
    let error = message.parse::<RemoteError>().unwrap();
    assert!(error.get_ref().is::<io::Error>());
}

#[test]
fn a_long_chain_is_cut_where_it_is_encoded() {
    let error = travel(RemoteError::new(layers(3 * MAX_LINKS)));
    let texts = texts(&error);
    assert_eq!(texts.len(), MAX_LINKS);
    assert_eq!(texts[0], format!("layer {}", 3 * MAX_LINKS));
}

#[test]
fn an_endless_chain_is_cut_where_it_is_encoded() {
    assert_eq!(texts(&travel(RemoteError::new(Circle))).len(), MAX_LINKS);
}

/// The bytes of a chain: field 1, repeated.
fn chain(texts: &[&str]) -> SerializedMessage {
    let mut data = Vec::new();
    for text in texts {
        data.extend([0x0a, text.len() as u8]);
        data.extend(text.as_bytes());
    }
    SerializedMessage {
        data,
        resources: Vec::new(),
    }
}

#[test]
fn the_layout_is_the_texts_outermost_first() {
    let bytes = OwnedMessage::new(RemoteError::new(layers(1))).serialize();
    assert_eq!(bytes.data, chain(&["layer 1", "layer 0"]).data);
}

#[test]
fn a_long_chain_from_a_peer_is_cut_where_it_is_decoded() {
    let message = chain(&vec!["x"; 20_000]);
    let error = OwnedMessage::serialized(message)
        .parse::<RemoteError>()
        .unwrap();
    assert_eq!(texts(&error).len(), MAX_LINKS);
}

#[test]
fn a_chain_of_nothing_is_an_error_without_text() {
    let error = OwnedMessage::serialized(chain(&[]))
        .parse::<RemoteError>()
        .unwrap();
    assert_eq!(texts(&error), [""]);
}

#[test]
fn question_marks_turn_it_into_the_usual_errors() {
    fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err(RemoteError::new(layers(1)))?
    }
    fn any() -> anyhow::Result<()> {
        Err(travel(RemoteError::new(layers(1))))?
    }
    fn of_a_call() -> anyhow::Result<()> {
        Err(RpcError::Call(RemoteError::new(layers(1))))?
    }
    assert_eq!(texts(&*boxed().unwrap_err()), ["layer 1", "layer 0"]);
    assert_eq!(format!("{:#}", any().unwrap_err()), "layer 1: layer 0");
    assert_eq!(
        format!("{:#}", of_a_call().unwrap_err()),
        "layer 1: layer 0"
    );
}
