//! cargo run -p examples --example rpc
//!
//! Requests with answers: an enum of `Rpc`s is the interface of a component, and `call` is a function call across threads,
//! or processes.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use futures::executor::block_on;
use mesh::MeshPayload;
use mesh::rpc::{FailableRpc, Rpc, RpcError, RpcSend};
use std::thread;

/// What an account can be asked.
#[derive(MeshPayload)]
enum Request {
    Balance(Rpc<(), u64>),
    Deposit(Rpc<u64, ()>),
    Withdraw(FailableRpc<u64, u64>),
}

/// Why a withdrawal was refused.
#[derive(Debug, thiserror::Error)]
#[error("there are {balance} on the account, not {wanted}")]
struct Overdrawn {
    balance: u64,
    wanted: u64,
}

async fn account(mut requests: mesh::Receiver<Request>) {
    let mut balance = 0;
    while let Ok(request) = requests.recv().await {
        match request {
            Request::Balance(rpc) => rpc.handle_sync(|()| balance),
            Request::Deposit(rpc) => rpc.handle_sync(|amount| balance += amount),
            // The handler may be async, and any error can be the answer.
            Request::Withdraw(rpc) => {
                rpc.handle_failable(async |wanted| match balance.checked_sub(wanted) {
                    Some(rest) => {
                        balance = rest;
                        Ok(rest)
                    }
                    None => Err(Overdrawn { balance, wanted }),
                })
                .await
            }
        }
    }
}

fn main() -> anyhow::Result<()> {
    let (tx, rx) = mesh::channel();
    let service = thread::spawn(|| block_on(account(rx)));

    block_on(async {
        tx.call(Request::Deposit, 100).await?;
        let rest = tx.call_failable(Request::Withdraw, 30).await?;
        println!("deposited 100, withdrew 30: {rest} left");
        assert_eq!(rest, 70);

        // An error of the handler's and one of the channel's are told apart.
        match tx.call_failable(Request::Withdraw, 80).await {
            Err(RpcError::Call(error)) => println!("withdrawing 80 failed: {error}"),
            other => anyhow::bail!("a withdrawal of 80 cannot end with {other:?}"),
        }

        // A call is sent when it is made, so these three are under way together; they arrive in order.
        let calls = (
            tx.call(Request::Deposit, 1),
            tx.call(Request::Deposit, 2),
            tx.call(Request::Balance, ()),
        );
        let balance = calls.2.await?;
        println!("deposited 1 and 2 meanwhile: {balance} on the account");
        assert_eq!(balance, 73);
        anyhow::Ok(())
    })?;

    drop(tx);
    service.join().expect("the service does not panic");
    println!("the last client left, and the service ended");
    Ok(())
}
