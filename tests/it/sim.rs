//! Whole rooms in worlds made by chance. A failure names its seed, and the command that shows it again.

use std::sync::atomic::{AtomicU64, Ordering};

use warroom::sim;

const SEEDS: u64 = 1_000;

#[test]
fn whatever_chance_brings_to_a_room_its_promises_are_kept() {
    let (next, lives) = (AtomicU64::new(0), AtomicU64::new(0));
    let ended = AtomicU64::new(0);
    let play = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= SEEDS {
                return;
            }
            let summary = sim::run(seed, None).unwrap_or_else(|broken| panic!("{broken}"));
            lives.fetch_add(u64::from(summary.lives), Ordering::Relaxed);
            ended.fetch_add(u64::from(summary.stage == "rolled back and verified"), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let players: Vec<_> = (0..4).map(|_| scope.spawn(play)).collect();
        for player in players {
            player.join().unwrap();
        }
    });
    // A world in which nothing happens would prove nothing.
    assert!(lives.into_inner() > 2 * SEEDS);
    assert!(ended.into_inner() > SEEDS / 50);
}

#[test]
fn the_same_seed_is_played_the_same_way() {
    for seed in [3, 17, 88, 104] {
        let play = || {
            let mut told = Vec::new();
            let summary =
                sim::run(seed, Some(&mut |text: &str| told.push(text.to_owned()))).unwrap_or_else(|broken| panic!("{broken}"));
            (summary, told)
        };
        let ((first, told), (second, again)) = (play(), play());
        assert_eq!(told, again);
        assert_eq!(first, second);
    }
}
