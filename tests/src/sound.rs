//! Tones to say, and ears to tell them apart: what a phone heard is measured, not assumed.

use std::f64::consts::TAU;
use std::path::Path;

/// Samples a second. Telephones speak G.711.
pub const RATE: u32 = 8000;

/// Half of full scale, so that companding does not clip.
const AMPLITUDE: f64 = 16_000.0;

/// Writes a WAV file with a sine of `hertz` for `seconds`.
pub fn write_tone(path: &Path, hertz: f64, seconds: u32) {
    let samples =
        (0..RATE * seconds).map(|index| (AMPLITUDE * (TAU * hertz * f64::from(index) / f64::from(RATE)).sin()) as i16);
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut file = Vec::with_capacity(data.len() + 44);
    file.extend(b"RIFF");
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    for field in [1u16, 1] {
        file.extend(field.to_le_bytes()); // PCM, one channel
    }
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    for field in [2u16, 16] {
        file.extend(field.to_le_bytes()); // bytes a frame, bits a sample
    }
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    file.extend(data);
    std::fs::write(path, file).expect("the folder is writable");
}

/// What was recorded so far, also while the file is still being written.
#[derive(Clone, Debug, Default)]
pub struct Recording(Vec<f64>);

impl Recording {
    /// Reads a WAV file with one channel of 16 bits. Sizes in its head are ignored: they are written last.
    pub fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_default();
        let start = bytes.windows(4).position(|word| word == b"data").map_or(bytes.len(), |place| place + 8);
        let samples = bytes.get(start..).unwrap_or_default().chunks_exact(2);
        Self(samples.map(|sample| f64::from(i16::from_le_bytes([sample[0], sample[1]]))).collect())
    }

    /// Of samples that were taken elsewhere.
    pub fn from_samples(samples: Vec<f64>) -> Self {
        Self(samples)
    }

    /// Its length in milliseconds.
    pub fn milliseconds(&self) -> usize {
        self.0.len() * 1000 / RATE as usize
    }

    /// The last `milliseconds` of it.
    pub fn last(&self, milliseconds: usize) -> Self {
        let from = self.0.len().saturating_sub(milliseconds * RATE as usize / 1000);
        Self(self.0[from..].to_vec())
    }

    /// The share of the sound's power that lies at `hertz`: 1 for a pure tone, near 0 for another one or silence.
    ///
    /// Goertzel's algorithm, in blocks of 50 ms so that a lost packet's phase jump does not cancel what is there.
    pub fn share(&self, hertz: f64) -> f64 {
        let blocks = self.0.chunks_exact(RATE as usize / 20);
        let (mut at, mut all) = (0.0, 0.0);
        for block in blocks {
            at += goertzel(block, hertz);
            all += block.iter().map(|sample| sample * sample).sum::<f64>() / block.len() as f64;
        }
        // Below the noise of companding there is nothing to hear.
        if all < 1000.0 { 0.0 } else { at / all }
    }

    /// Whether it is, for the most part, the tone of `hertz`.
    pub fn is_tone(&self, hertz: f64) -> bool {
        self.milliseconds() >= 200 && self.share(hertz) > 0.8
    }
}

/// Packets of 20 ms that say a tone of `hertz` (RFC 3550, G.711 μ-law).
pub fn rtp_tone(hertz: f64, packets: u16) -> Vec<Vec<u8>> {
    let sample = |index: u32| {
        let angle = std::f64::consts::TAU * hertz * f64::from(index) / f64::from(RATE);
        mu_law((12_000.0 * angle.sin()) as i16)
    };
    let packet = |number: u16| {
        let first = u32::from(number) * 160;
        let mut bytes = vec![0x80, 0];
        bytes.extend(number.to_be_bytes());
        bytes.extend(first.to_be_bytes());
        bytes.extend(0x5eed_u32.to_be_bytes());
        bytes.extend((first..first + 160).map(sample));
        bytes
    };
    (0..packets).map(packet).collect()
}

/// G.711 μ-law (ITU-T G.711 table 2a): sign, segment, step.
fn mu_law(sample: i16) -> u8 {
    let magnitude = (i32::from(sample).abs() + 132).min(32_767);
    let segment = (magnitude.ilog2() - 7).min(7);
    let step = (magnitude >> (segment + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (segment as u8) << 4 | step as u8)
}

/// What a byte of G.711 μ-law stands for.
pub fn linear(byte: u8) -> f64 {
    let byte = !byte;
    let magnitude = ((i32::from(byte & 0x0f) << 3) + 132) << ((byte >> 4) & 7);
    f64::from(if byte & 0x80 == 0 { magnitude - 132 } else { 132 - magnitude })
}

/// Mean power of `block` at `hertz`.
fn goertzel(block: &[f64], hertz: f64) -> f64 {
    let size = block.len() as f64;
    let turn = TAU * hertz / f64::from(RATE);
    let (mut before, mut last) = (0.0, 0.0);
    for sample in block {
        (before, last) = (last, sample + 2.0 * turn.cos() * last - before);
    }
    2.0 * (before * before + last * last - 2.0 * turn.cos() * before * last) / (size * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ears_tell_tones_apart() {
        let path = std::env::temp_dir().join(format!("ringwerk-tone-{}.wav", std::process::id()));
        write_tone(&path, 440.0, 1);
        let heard = Recording::read(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(heard.milliseconds(), 1000);
        assert!(heard.is_tone(440.0) && !heard.is_tone(620.0), "{} {}", heard.share(440.0), heard.share(620.0));
        assert!(!Recording(vec![0.0; 8000]).is_tone(440.0));
        assert!(!Recording(vec![]).is_tone(440.0));
    }

    #[test]
    fn what_is_said_in_packets_is_heard() {
        let packets = rtp_tone(620.0, 50);
        let samples = packets.iter().flat_map(|packet| packet[12..].iter().map(|byte| linear(*byte))).collect();
        assert!(Recording::from_samples(samples).is_tone(620.0));
    }
}
