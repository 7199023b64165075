package browser

import (
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// shot keeps a picture of the whole page in the directory that QIWEI_SHOTS names.
func (d *device) shot(name string) {
	d.t.Helper()
	dir := os.Getenv("QIWEI_SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(d.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)
	}
	if err != nil {
		d.t.Fatalf("%s: picture of %s: %v", d.name, name, err)
	}
}
