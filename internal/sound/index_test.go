package sound

import "testing"

func TestSoundOfNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, sound string
		found       bool
	}{
		{"张三", "zhangsan", true}, {"张三", "zs", true}, {"张三", "zhang", true}, {"张三", "san", true}, {"张三", "hang", false}, {"张三", "zhangs", true},
		{"欧阳修", "oyx", true}, {"欧阳修", "yangxiu", true}, {"欧阳修", "ouyangxiu", true}, {"欧阳修", "ox", false}, {"李-四", "lisi", true}, {"李 4", "li4", true}, {"安娜娜", "nana", true}, {"嗯阿安", "anan", false}, {"昂安", "an", true}, {"A栋李四", "alidong", false}, {"A栋李四", "lisi", true},
	} {
		row, ok := soundOfName(tt.name)
		if !ok || row.matches(tt.sound) != tt.found {
			t.Errorf("%s by %s: %v, want %v", tt.name, tt.sound, !tt.found, tt.found)
		}
	}
	if _, ok := soundOfName("John"); ok {
		t.Error("a name of letters needs no spelling")
	}
}
