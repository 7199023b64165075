// Encodes and decodes AMR, the format of voice messages, beside the page.
import run from 'benz-amr-recorder/src/amrnb.js'

run()
