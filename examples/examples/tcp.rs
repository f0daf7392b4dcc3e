//! cargo run -p examples --example tcp
//!
//! A mesh over TCP: any stream of bytes can be a link, here a connection that tokio drives. Everything but descriptors travels
//! over it. The two sides are tasks here and could be hosts. TCP says nothing about who is on the other side; where that matters
//! the stream is one of TLS.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use mesh::local_node::Port;
use mesh::rpc::{Rpc, RpcSend};
use mesh_node::node::{Node, Settings};
use mesh_remote::{joining, stream};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::TokioAsyncReadCompatExt;

/// What the server sends first: where to ask.
type Service = mesh::Sender<Rpc<String, usize>>;

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let node = Node::root(Settings::default())?;
    let (connection, _) = listener.accept().await?;
    let mut connection = connection.compat();
    let invitation = node
        .invite()
        .ok_or_else(|| anyhow::anyhow!("no names left"))?;
    joining::send(&mut connection, &invitation).await?;
    let (port, driver) = stream::host(&node, &invitation, connection)?;
    let link = tokio::spawn(driver);

    let (service, mut requests) = mesh::channel::<Rpc<String, usize>>();
    first_channel::<mesh::Sender<Service>>(port).send(service);
    while let Ok(request) = requests.recv().await {
        request.handle_sync(|text| text.len());
    }
    node.shutdown().await;
    Ok(link.await?)
}

async fn ask(connection: TcpStream) -> anyhow::Result<usize> {
    let mut connection = connection.compat();
    let invitation = joining::receive(&mut connection).await?;
    let node = Node::invited(&invitation, Settings::default());
    let (port, driver) = stream::join(&node, &invitation, connection)?;
    let link = tokio::spawn(driver);

    let service = first_channel::<mesh::Receiver<Service>>(port)
        .recv()
        .await?;
    let length = service.call(|rpc| rpc, "over the wire".into()).await?;
    drop(service);
    node.shutdown().await;
    link.await?;
    Ok(length)
}

/// The ports at the two ends of a new link are each other's peers, and a channel can be made of them.
fn first_channel<End: From<Port>>(port: Port) -> End {
    port.into()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener));
    let length = ask(TcpStream::connect(address).await?).await?;
    server.await??;
    assert_eq!(length, 13);
    println!("the text has {length} bytes, says the other side of {address}");
    Ok(())
}
