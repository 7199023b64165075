// Voice messages. They are AMR, which no browser plays or records; the codec is only
// loaded when somebody wants one.

const rate = 8000
/** How long a voice message may be, in seconds (doc 90253). */
export const longest = 60

function ask<T>(message: unknown, got: 'amr'): Promise<T> {
  const worker = new Worker(new URL('./amr.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<T>((resolve, reject) => {
    worker.onmessage = (e) => resolve(e.data[got])
    worker.onerror = (e) => reject(new Error(e.message))
    worker.postMessage(message)
  }).finally(() => worker.terminate())
}

export async function decode(amr: Uint8Array): Promise<Float32Array<ArrayBuffer>> {
  const samples = await ask<Float32Array<ArrayBuffer> | null>({ command: 'decode', buffer: amr }, 'amr')
  if (!samples || samples.length === 0) throw new Error('not AMR')
  return samples
}

export async function encode(samples: Float32Array): Promise<Uint8Array<ArrayBuffer>> {
  const amr = await ask<Uint8Array<ArrayBuffer> | null>({ command: 'encode', samples, sampleRate: rate }, 'amr')
  if (!amr) throw new Error('the codec failed')
  return amr
}

/** Plays the voice message at the address. */
export async function play(src: string): Promise<{ ended: Promise<void>; stop: () => void }> {
  const answer = await fetch(src, { credentials: 'same-origin' })
  if (!answer.ok) throw new Error(answer.statusText)
  const samples = await decode(new Uint8Array(await answer.arrayBuffer()))
  const context = new AudioContext()
  const sound = context.createBuffer(1, samples.length, rate)
  sound.copyToChannel(samples, 0)
  const source = context.createBufferSource()
  source.buffer = sound
  source.connect(context.destination)
  const ended = new Promise<void>((resolve) => (source.onended = () => resolve(void context.close())))
  source.start()
  return { ended, stop: () => source.stop() }
}

/** Records until stop is called, and then gives the message as AMR. */
export async function record(): Promise<{ stop: () => Promise<Blob>; cancel: () => void }> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const recorder = new MediaRecorder(stream)
  const chunks: Blob[] = []
  recorder.ondataavailable = (e) => chunks.push(e.data)
  const stopped = new Promise<void>((resolve) => (recorder.onstop = () => resolve()))
  recorder.start()
  const end = () => {
    if (recorder.state !== 'inactive') recorder.stop()
    for (const track of stream.getTracks()) track.stop()
  }
  return {
    cancel: end,
    stop: async () => {
      end()
      await stopped
      const raw = await new Blob(chunks, { type: recorder.mimeType }).arrayBuffer()
      // Reading into a context of that rate brings the sound to it.
      const sound = await new OfflineAudioContext(1, rate, rate).decodeAudioData(raw)
      const samples = sound.getChannelData(0).slice(0, longest * rate)
      return new Blob([await encode(samples)], { type: 'audio/amr' })
    },
  }
}
