// Places by the browser are of WGS-84, and those of the platform of GCJ-02, in which maps of
// mainland China are drawn. The shift is the published one.

const a = 6378245
const ee = 0.006693421622965943

const wave = (v: number, ...parts: [number, number][]) => parts.reduce((sum, [size, period]) => sum + size * Math.sin((v / period) * Math.PI), 0)

function north(x: number, y: number): number {
  const base = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x))
  return base + (wave(x, [20, 1 / 6], [20, 1 / 2]) * 2) / 3 + (wave(y, [20, 1], [40, 3]) * 2) / 3 + (wave(y, [160, 12], [320, 30]) * 2) / 3
}

function east(x: number, y: number): number {
  const base = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x))
  return base + (wave(x, [20, 1 / 6], [20, 1 / 2]) * 2) / 3 + (wave(x, [20, 1], [40, 3]) * 2) / 3 + (wave(x, [150, 12], [300, 30]) * 2) / 3
}

/** A place as the platform knows it. Outside of mainland China it is the same. */
export function gcj02(lat: number, lng: number): { lat: number; lng: number } {
  if (lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271) return { lat, lng }
  const radians = (lat / 180) * Math.PI
  const magic = 1 - ee * Math.sin(radians) ** 2
  const dLat = (north(lng - 105, lat - 35) * 180) / (((a * (1 - ee)) / (magic * Math.sqrt(magic))) * Math.PI)
  const dLng = (east(lng - 105, lat - 35) * 180) / ((a / Math.sqrt(magic)) * Math.cos(radians) * Math.PI)
  return { lat: lat + dLat, lng: lng + dLng }
}
