import { describe, expect, it } from 'vitest'
import { gcj02 } from './geo'

describe('gcj02', () => {
  it('moves a place in Beijing by some hundred metres', () => {
    const p = gcj02(39.907333, 116.391083) // Tiananmen, by a receiver
    expect(p.lat).toBeCloseTo(39.908737, 4)
    expect(p.lng).toBeCloseTo(116.397327, 4)
  })
  it('leaves places elsewhere alone', () => {
    expect(gcj02(48.8584, 2.2945)).toEqual({ lat: 48.8584, lng: 2.2945 })
  })
})
