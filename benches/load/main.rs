//! Messages per second from end to end: submission over TLS to the delivery receipt in the sender's
//! mailbox, two whole providers and the load in this process, beside the same cryptography and
//! formats alone, in memory, in the same run.

mod exchange;
mod senders;

use std::time::{Duration, Instant};

use clap::Parser;
use pec_demo::{MovableClock, Problem, Provider, Result};
use pec_server::config::Engine;

use exchange::Exchange;

/// Messages per second of two whole providers on this machine.
#[derive(Parser)]
struct Arguments {
    /// Messages of each size
    #[arg(long, default_value_t = 400)]
    messages: u32,
    /// Sizes of the attachment, in octets
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000])]
    octets: Vec<usize>,
    /// Connections that hand messages in; a gestore takes 50 from one address
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=50))]
    senders: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let [mut alfa, mut beta] = pec_demo::start(folder.path(), &MovableClock::default()).await?;
    for provider in [&mut alfa, &mut beta] {
        provider.stop().await;
        provider.start(Engine::None).await?;
    }
    println!("| attachment | messages | end to end | in memory, all cores | ratio |");
    println!("|---|---|---|---|---|");
    for octets in &arguments.octets {
        // Large messages are fewer, so that a row takes about as long.
        let messages = arguments.messages.min(400_000_000 / u32::try_from(*octets)?.max(1)).max(1);
        let message = senders::message(*octets);
        let alone = in_memory(&alfa, &beta, &message)?;
        let whole = end_to_end(&alfa, &message, messages, arguments.senders).await?;
        let ratio = whole / alone;
        println!("| {octets} | {messages} | {whole:.1}/s | {alone:.1}/s | {ratio:.2} |");
    }
    alfa.stop().await;
    beta.stop().await;
    Ok(())
}

async fn end_to_end(alfa: &Provider, message: &[u8], messages: u32, senders: u32) -> Result<f64> {
    let before = senders::receipts(alfa).await?;
    let begin = Instant::now();
    senders::send_all(alfa, message, messages, senders).await?;
    // An acceptance and a delivery receipt for each.
    let wanted = before.saturating_add(u64::from(messages).saturating_mul(2));
    let until = Instant::now() + Duration::from_secs(300);
    while senders::receipts(alfa).await? < wanted {
        if Instant::now() > until {
            return Err(Problem::new("receipts are missing after five minutes"));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(f64::from(messages) / begin.elapsed().as_secs_f64())
}

/// Exchanges per second with all cores at it.
fn in_memory(alfa: &Provider, beta: &Provider, message: &[u8]) -> Result<f64> {
    const TIME: Duration = Duration::from_secs(3);
    let exchange = Exchange::new(alfa, beta)?;
    exchange.run(message)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let begin = Instant::now();
    let counts = std::thread::scope(|scope| {
        let work = || {
            let mut count = 0_u32;
            while begin.elapsed() < TIME {
                exchange.run(message)?;
                count += 1;
            }
            Ok::<u32, Problem>(count)
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| {
            thread.join().map_err(|_| Problem::new("a thread of the comparison died"))?
        });
        joined.sum::<Result<u32>>()
    })?;
    Ok(f64::from(counts) / begin.elapsed().as_secs_f64())
}
