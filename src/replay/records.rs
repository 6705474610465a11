//! The records of a recording, in the blocks in which they were read: none is moved again.

use std::ops::Range;

use crate::room::Record;

/// Records that are read one by one are put together up to so many.
const BLOCK: usize = 1 << 10;

#[derive(Debug, Default)]
pub(super) struct Records {
    blocks: Vec<Vec<Record>>,
    /// How many records there are up to the end of each block.
    ends: Vec<usize>,
}

impl Records {
    /// Takes these records, and leaves none.
    pub(super) fn take(&mut self, records: &mut Vec<Record>) {
        if let (Some(last), Some(end)) = (self.blocks.last_mut(), self.ends.last_mut())
            && last.len() + records.len() <= BLOCK
        {
            *end += records.len();
            last.append(records);
        } else if !records.is_empty() {
            self.ends.push(self.len() + records.len());
            self.blocks.push(std::mem::take(records));
        }
    }

    pub(super) fn extend(&mut self, more: Self) {
        more.blocks.into_iter().for_each(|mut block| self.take(&mut block));
    }

    pub(super) fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    pub(super) fn first(&self) -> Option<&Record> {
        self.blocks.first()?.first()
    }

    /// The records at these places.
    pub(super) fn at(&self, places: Range<usize>) -> impl DoubleEndedIterator<Item = &Record> {
        let block = |place| self.ends.partition_point(|end| *end <= place);
        let blocks = if places.is_empty() { 0..0 } else { block(places.start)..block(places.end - 1) + 1 };
        blocks.flat_map(move |block| {
            let records = self.blocks.get(block).map_or(&[][..], Vec::as_slice);
            let begins = self.ends.get(block).map_or(0, |end| end - records.len());
            let inside = |place: usize| place.saturating_sub(begins).min(records.len());
            &records[inside(places.start)..inside(places.end)]
        })
    }
}

impl From<Vec<Record>> for Records {
    fn from(mut all: Vec<Record>) -> Self {
        let mut records = Self::default();
        records.take(&mut all);
        records
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OperatorId;
    use crate::room::Event;
    use crate::time::Moment;

    fn numbered(seqs: Range<u64>) -> Vec<Record> {
        let event = |seq: u64| Event::Noted { text: seq.to_string(), by: OperatorId::new("ada") };
        seqs.map(|seq| Record { seq, at: Moment(0), ask: None, event: event(seq) }).collect()
    }

    #[test]
    fn any_stretch_is_found_again_forwards_and_backwards() {
        let mut records = Records::default();
        for (from, to) in [(0, 1), (1, 700), (700, 701), (701, 3_000), (3_000, 3_000), (3_000, 3_001), (3_001, 3_500)] {
            records.take(&mut numbered(from..to));
        }
        let mut more = Records::from(numbered(3_500..5_000));
        more.take(&mut numbered(5_000..5_001));
        records.extend(more);
        assert_eq!((records.len(), records.first().unwrap().seq), (5_001, 0));
        for places in [0..0, 0..1, 0..5_001, 699..702, 2_999..3_002, 3_001..5_001, 5_000..5_001, 5_001..5_001] {
            let wanted: Vec<u64> = (places.start as u64..places.end as u64).collect();
            let found: Vec<u64> = records.at(places.clone()).map(|record| record.seq).collect();
            assert_eq!(found, wanted);
            let back: Vec<u64> = records.at(places).rev().map(|record| record.seq).collect();
            assert_eq!(back, wanted.into_iter().rev().collect::<Vec<_>>());
        }
    }
}
