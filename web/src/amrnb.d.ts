declare module 'benz-amr-recorder/src/amrnb.js' {
  /** Answers a worker's messages: {command: 'encode', samples, sampleRate} and {command: 'decode', buffer}. */
  export default function run(): void
}
