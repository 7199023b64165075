package console

import (
	"strconv"

	"qiwei/internal/store"
)

// exportCalls writes the calls that the filter selects, the newest first. What was sent and answered is not in it.
func (s *Service) exportCalls(v *visit) (any, error) {
	rec, err := s.recorder()
	if err != nil {
		return nil, err
	}
	fits, err := v.callFilter()
	if err != nil {
		return nil, err
	}
	header := []string{"Number", "Time", "Method", "Path", "errcode", "Text", "agentid", "Kind", "Took (ms)", "From", "Fault"}
	if v.chinese() {
		header = []string{"编号", "时间", "方法", "路径", "errcode", "说明", "agentid", "应用类型", "耗时（毫秒）", "来源地址", "注入的故障"}
	}
	return v.sheet("calls.csv", func(_ *store.Tx, put func([]string) error) error {
		if err := put(header); err != nil {
			return err
		}
		for _, k := range rec.before(v.corpID, 0, exportedMost, fits) {
			l := lineOf(k)
			code := strconv.Itoa(l.ErrCode)
			if l.Missing {
				code = "HTTP 404"
			}
			if err := put([]string{
				itoa(l.No), sheetTime(l.At), l.Method, l.Path, code, l.Text, numberOrNothing(l.AgentID), l.Kind, strconv.FormatFloat(l.Took, 'f', 3, 64), k.by.From.String(), l.Fault,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
