//! What a simulated room stands on, and what outlives its processes: the clock, the disk, the host's children, the net.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::clock::{Clock, VirtualClock};
use crate::engine::net::{FakeNet, NetError};
use crate::journal::storage::SimStorage;
use crate::journal::storage::sim::{Dice, Faults};
use crate::sim::children::Children;
use crate::time::{Moment, Span};

/// 2026-11-21 02:10 UTC.
const BEGIN: Moment = Moment(1_795_227_000_000);

const HEALTH: &str = "http://sim/health";
const STATS: &str = "http://sim/stats";
const TELL: &str = "http://sim/tell";

/// Worlds made so far in this process.
static WORLDS: AtomicU64 = AtomicU64::new(0);

pub(super) struct World {
    pub(super) clock: Arc<VirtualClock>,
    pub(super) disk: SimStorage,
    pub(super) children: Arc<Children>,
    pub(super) net: Arc<FakeNet>,
    pub(super) folder: PathBuf,
    /// How often the host was started.
    boots: u32,
}

impl World {
    pub(super) fn of(seed: u64) -> io::Result<Self> {
        let clock = Arc::new(VirtualClock::at(BEGIN));
        let seam: Arc<dyn Clock> = Arc::<VirtualClock>::clone(&clock);
        // Two worlds of one seed may be played side by side.
        let nth = WORLDS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("warroom-sim-{}-{nth:06}-{seed}", std::process::id()));
        // Scripts are written to the real disk. Output is not: a file in the place of its folder sees to that, since it is
        // written by another thread, and threads are nothing that a seed could play again.
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("output"), "")?;
        let world = Self {
            disk: SimStorage::with_folder(&folder),
            children: Arc::new(Children::new(seed, Arc::clone(&clock))),
            net: Arc::new(FakeNet::new(seam)),
            clock,
            folder,
            boots: 1,
        };
        world.all_is_well();
        Ok(world)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every source answers, and nothing goes wrong with the disk.
    pub(super) fn all_is_well(&self) {
        self.net.answers(HEALTH, 200, "text/plain", "ok");
        self.net.answers(TELL, 200, "text/plain", "told");
        self.measures("0.2");
        self.disk.set_faults(Faults::default());
    }

    fn measures(&self, errors: &str) {
        self.net.answers(STATS, 200, "application/json", &format!("{{\"errors\": {errors}}}"));
    }

    /// What is polled answers otherwise from now on. In words.
    pub(super) fn net_turns(&self, dice: &mut Dice) -> String {
        match dice.roll(12) {
            0..4 => self.all_is_well_outside(),
            4..7 => {
                let errors = ["0.9", "1.0", "3", "6.5", "null", "\"0.1%\"", "-1", "1e999"][dice.roll(8)];
                self.measures(errors);
                format!("errors are {errors}")
            }
            7 => {
                self.net.answers(STATS, 200, "text/html", "<html>log in</html>");
                "the stats are a log-in page".to_owned()
            }
            8 => {
                refuse(&self.net, STATS);
                "the stats are refused".to_owned()
            }
            9 => {
                self.net.answers(HEALTH, 503, "text/plain", "no");
                "health is 503".to_owned()
            }
            10 => {
                let late = NetError::Refused { address: TELL.to_owned() };
                self.net.replies_in(TELL, Span(1_900), Err(late));
                "telling is slow and refused".to_owned()
            }
            _ => {
                refuse(&self.net, TELL);
                "telling is refused".to_owned()
            }
        }
    }

    fn all_is_well_outside(&self) -> String {
        self.net.answers(HEALTH, 200, "text/plain", "ok");
        self.net.answers(TELL, 200, "text/plain", "told");
        self.measures("0.2");
        "everything answers well".to_owned()
    }

    /// The disk begins to go wrong. In words.
    pub(super) fn disk_turns(&self, dice: &mut Dice) -> String {
        let kinds = [io::ErrorKind::Other, io::ErrorKind::StorageFull, io::ErrorKind::Interrupted];
        let kind = kinds[dice.roll(3)];
        let at = dice.roll(6) as u64;
        let faults = match dice.roll(6) {
            0 | 1 => Faults { crash: Some(at), ..Faults::default() },
            2 => Faults { fail: Some((at, kind)), ..Faults::default() },
            3 => Faults { fail_from: Some((at, kinds[dice.roll(2)])), ..Faults::default() },
            4 => Faults { size: Some(self.disk.used() + dice.roll(2_000)), ..Faults::default() },
            _ => Faults { write_max: Some(1 + dice.roll(300)), fail: Some((at, kind)), ..Faults::default() },
        };
        let words = format!("the disk: {faults:?}");
        self.disk.set_faults(faults);
        words
    }

    /// Tells one start of the host from the next.
    pub(super) fn boot(&self) -> String {
        format!("boot {}", self.boots)
    }

    /// How often the request of the plan was sent.
    pub(super) fn told(&self) -> usize {
        self.net.calls().iter().filter(|call| call.url == TELL).count()
    }

    /// What the next start finds.
    pub(super) fn goes_down(&mut self, power: bool, dice: &mut Dice) {
        if power {
            self.boots += 1;
            self.children.power_lost(dice);
            self.disk = self.disk.after_crash(dice.roll(usize::MAX) as u64);
        } else {
            self.disk = self.disk.after_kill();
        }
    }
}

fn refuse(net: &FakeNet, url: &str) {
    net.replies_in(url, Span::ZERO, Err(NetError::Refused { address: url.to_owned() }));
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
