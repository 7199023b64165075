// Finds QR codes: by the browser where it can, else by a small decoder that is only
// loaded then.

type Detector = { detect(source: CanvasImageSource | ImageBitmap): Promise<{ rawValue: string }[]> }
declare const BarcodeDetector: { new (o: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

let detector: Promise<Detector | undefined> | undefined

function builtIn(): Promise<Detector | undefined> {
  return (detector ??= (async () => {
    try {
      if ((await BarcodeDetector.getSupportedFormats()).includes('qr_code')) return new BarcodeDetector({ formats: ['qr_code'] })
    } catch {
      // there is none
    }
    return undefined
  })())
}

async function find(source: ImageBitmap | HTMLVideoElement, width: number, height: number): Promise<string | undefined> {
  const d = await builtIn()
  if (d) {
    try {
      const found = await d.detect(source)
      return found[0]?.rawValue
    } catch {
      detector = Promise.resolve(undefined) // it is there and does not work, as on some machines
    }
  }
  if (width === 0 || height === 0) return undefined
  const { default: read } = await import('jsqr')
  // A code may be small in a large picture, or large in one that is larger still.
  for (const most of [1000, 2000, 500]) {
    const scale = Math.min(1, most / Math.max(width, height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    const c = canvas.getContext('2d', { willReadFrequently: true })!
    c.fillStyle = '#fff'
    c.fillRect(0, 0, canvas.width, canvas.height)
    c.drawImage(source, 0, 0, canvas.width, canvas.height)
    const pixels = c.getImageData(0, 0, canvas.width, canvas.height)
    const found = read(pixels.data, canvas.width, canvas.height)
    if (found?.data) return found.data
    if (scale === 1 && most !== 1000) break
    if (source instanceof HTMLVideoElement) break
  }
  return undefined
}

export async function readPicture(picture: Blob): Promise<string | undefined> {
  const image = await createImageBitmap(picture)
  try {
    return await find(image, image.width, image.height)
  } finally {
    image.close()
  }
}

export const readVideo = (video: HTMLVideoElement) => find(video, video.videoWidth, video.videoHeight)
