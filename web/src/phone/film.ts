// Films that a member sends, as the browser reads them.

import { say, type Pair } from '@/shared/words'

const title: Pair = ['视频', 'Video']

// How many seconds a film has; 0 where the browser cannot read it.
export function lengthOf(film: File): Promise<number> {
  const video = document.createElement('video')
  video.src = URL.createObjectURL(film)
  return new Promise<number>((resolve) => {
    video.onloadedmetadata = () => resolve(Number.isFinite(video.duration) ? Math.round(video.duration) : 0)
    video.onerror = () => resolve(0)
  }).finally(() => URL.revokeObjectURL(video.src))
}

// The picture that stands for a film: its beginning.
export async function frame(film: File): Promise<Blob> {
  const video = document.createElement('video')
  video.muted = true
  video.src = URL.createObjectURL(film)
  try {
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve
      video.onerror = () => reject(new Error(say(title)))
    })
    const canvas = document.createElement('canvas')
    canvas.width = Math.min(video.videoWidth || 320, 640)
    canvas.height = Math.round((canvas.width * (video.videoHeight || 240)) / (video.videoWidth || 320))
    canvas.getContext('2d')!.drawImage(video, 0, 0, canvas.width, canvas.height)
    return await new Promise<Blob>((resolve, reject) => canvas.toBlob((b) => (b ? resolve(b) : reject(new Error(say(title)))), 'image/jpeg', 0.8))
  } finally {
    URL.revokeObjectURL(video.src)
  }
}
