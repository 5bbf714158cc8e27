package normalize

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// droppedResolutions are the resolutions, in the languages that Jira's own translations use most, that mean an
// item was given up and not done. Config.Dropped adds to them.
var droppedResolutions = newWords([]string{
	"Won't Fix", "Won’t Fix", "Wont Fix", "Will Not Fix", "Won't Do", "Won’t Do", "Wont Do", "Will Not Do", "Duplicate", "Duplicated",
	"Cannot Reproduce", "Can't Reproduce", "Could Not Reproduce", "Unable to Reproduce", "Not Reproducible", "Invalid", "Not a Bug", "Not Our Bug",
	"Not a Problem", "Not an Issue", "Works as Designed", "As Designed", "By Design", "Works for Me", "Incomplete", "Needs more info", "Rejected",
	"Declined", "Abandoned", "Withdrawn", "Cancelled", "Canceled", "Obsolete", "Out of Date", "Outdated", "Deferred", "Suspended", "Superseded",
	"Auto Closed", "Not Applicable", "Out of Scope", "Hold", "Known Error", "Known Issue", "Later", "Postponed",
	"Wird nicht behoben", "Wird nicht erledigt", "Duplikat", "Nicht reproduzierbar", "Kann nicht reproduziert werden", "Ungültig", "Unvollständig", "Abgelehnt", "Abgebrochen", "Kein Fehler",
	"Ne sera pas corrigé", "Ne sera pas fait", "Ne sera pas résolu", "Doublon", "Impossible à reproduire", "Non reproductible", "Invalide", "Incomplet", "Rejeté", "Refusé", "Annulé", "Abandonné",
	"No se corregirá", "No se hará", "No se resolverá", "Duplicado", "Duplicada", "No se puede reproducir", "No reproducible", "No válido", "Inválido", "Incompleto", "Rechazado", "Rechazada", "Cancelado", "Cancelada", "Descartado",
	"Não será corrigido", "Não será feito", "Não será resolvido", "Não é possível reproduzir", "Não reproduzível", "Rejeitado", "Recusado",
	"Non verrà risolto", "Non verrà eseguito", "Duplicato", "Impossibile riprodurre", "Non valido", "Rifiutato", "Annullato",
	"Не будет исправлено", "Не будет сделано", "Не будет выполнено", "Дубликат", "Не воспроизводится", "Невозможно воспроизвести", "Неверно", "Отклонено", "Отклонен", "Отменено",
	"Nie zostanie naprawione", "Nie do zrobienia", "Duplikat zgłoszenia", "Nie można odtworzyć", "Odrzucone", "Anulowane",
	"不修复", "不予修复", "不会修复", "不做", "不处理", "不予处理", "不会做", "将不会完成", "将不会修复", "重复", "重复的", "重复问题", "无法重现", "无法再现", "不能重现", "无效", "不完整", "已拒绝", "拒绝", "被拒绝", "已取消", "取消", "不是问题", "不是缺陷",
	"修正しない", "対応しない", "実行しない", "修正予定なし", "重複", "再現できない", "再現不可", "無効", "不完全", "却下", "却下済み", "キャンセル", "不具合ではない",
	"수정하지 않음", "하지 않음", "중복", "재현 불가", "재현할 수 없음", "유효하지 않음", "거부됨", "취소됨",
})

// The words of statuses whose category the tracker does not tell any more, because they were deleted.
var (
	openWords = newWords([]string{
		"Open", "New", "To Do", "ToDo", "Todo", "Backlog", "Inbox", "Created", "Reopened", "Selected for Development", "Ready for Dev", "Ready for Development", "Ready",
		"Triage", "Needs Triage", "Waiting", "Planned", "Offen", "Zu erledigen", "Neu", "Ouvert", "À faire", "Nouveau", "Abierto", "Por hacer", "Tareas por hacer", "Nuevo", "Aberto", "A fazer",
		"Tarefas pendentes", "Открыто", "Открыта", "К выполнению", "Сделать", "待办", "待处理", "打开", "新建", "未开始", "重新打开", "未着手", "オープン", "未対応", "할 일",
	})
	progressWords = newWords([]string{
		"In Progress", "In Development", "Development", "Developing", "In Review", "Review", "Code Review", "Under Review", "Testing", "In Test", "In Testing", "In QE Test", "In QA", "QA", "Test",
		"Pull Request Submitted", "Patch Available", "Under Investigation", "Investigating", "Implementing", "Blocked", "Verify", "In Arbeit", "In Bearbeitung", "En cours", "En curso", "En progreso", "Em andamento",
		"Em progresso", "In corso", "В работе", "W toku", "进行中", "正在进行", "处理中", "开发中", "测试中", "进行", "進行中", "処理中", "진행 중",
	})
	doneWords = newWords([]string{
		"Done", "Closed", "Resolved", "Complete", "Completed", "Fixed", "Finished", "Released", "Deployed", "Verified", "Cancelled", "Canceled", "Rejected", "Won't Do", "Fertig", "Erledigt", "Geschlossen",
		"Terminé", "Terminée", "Fermé", "Résolu", "Finalizada", "Finalizado", "Listo", "Cerrado", "Resuelto", "Concluído", "Concluída", "Fechado", "Resolvido", "Itens concluídos", "Completato", "Chiuso",
		"Готово", "Закрыто", "Закрыт", "Решено", "Gotowe", "Zamknięte", "完成", "已完成", "关闭", "已关闭", "已解决", "完了", "クローズ", "解決済み", "완료",
	})
)

// state returns where an issue stood at an instant, zero being now, and whether that is a guess: in order, configured words; the category of
// the status's id, as it was then; that of a status of the same name; the usual meaning of its name. Failing all (a deleted
// status of an unusual name), an issue with a resolution is done, one that was begun is in progress, another is
// open: a guess.
func (j *jiraFold) state(st *jiraState, at time.Time, begun bool) (event.State, bool) {
	status, resolution := st[slotStatus], st[slotResolution].text
	if j.n.inProgress.has(status.text) {
		return event.StateInProgress, false
	}
	category, guessed := j.category(status, at), false
	if category == "" {
		guessed = true
		switch {
		case openWords.has(status.text):
			category = "new"
		case progressWords.has(status.text):
			category = "indeterminate"
		case doneWords.has(status.text), resolution != "" && resolution != "Unresolved":
			category = "done"
		case begun:
			category = "indeterminate"
		}
	}
	switch category {
	case "indeterminate":
		return event.StateInProgress, guessed
	case "done":
		if droppedResolutions.has(resolution) || j.n.dropped.has(resolution) {
			return event.StateDropped, guessed
		}
		return event.StateDone, guessed
	}
	return event.StateOpen, guessed
}

// formerCategory is a category that a status had, and when another one was seen first.
type formerCategory struct {
	category string
	until    time.Time
}

// category returns the category of a status at an instant, zero being now, or "" if the record does not tell it.
func (j *jiraFold) category(status value, at time.Time) string {
	for _, f := range j.earlier[status.id] {
		if !at.IsZero() && at.Before(f.until) {
			return f.category
		}
	}
	if c := j.byID[status.id]; c != "" && status.id != "" {
		return c
	}
	return j.byName[fold(status.text)]
}

// learnStatuses collects the categories that the record tells: of the issue's own status and of meta. Of two
// statuses of one name with different categories neither is taken for the name.
func (j *jiraFold) learnStatuses(own jiraNamed) {
	j.byID, j.byName, j.earlier = map[string]string{}, map[string]string{}, map[string][]formerCategory{}
	add := func(id, name, category string) {
		switch category {
		case "new", "indeterminate", "done":
		default: // Jira's "undefined" ("No Category"), or none
			return
		}
		j.byID[id] = category
		if name = fold(name); name == "" {
			return
		}
		if old, ok := j.byName[name]; ok && old != category {
			category = ""
		}
		j.byName[name] = category
	}
	for id, s := range j.c.Meta.Statuses {
		for _, e := range s.Earlier {
			if id != "" && !e.Until.IsZero() {
				j.earlier[id] = append(j.earlier[id], formerCategory{e.Category, e.Until.Time})
			}
		}
		if id != string(own.ID) {
			add(id, s.Name, s.Category)
		}
	}
	if own.Category.Key == "" || own.Category.Key == "undefined" {
		own.Category.Key = j.c.Meta.Statuses[string(own.ID)].Category
	}
	add(string(own.ID), own.Name, own.Category.Key)
}

// recategorised adds a step where the issue's status was put into another category while the issue was in it. That is seen,
// and holds, from the first reading of the site after it; no history tells of it.
func (j *jiraFold) recategorised(list []jiraStep) []jiraStep {
	for _, id := range slices.Sorted(maps.Keys(j.earlier)) {
		for _, f := range j.earlier[id] {
			place := len(list)
			for place > 0 && list[place-1].at.After(f.until) {
				place--
			}
			if place == 0 || list[place-1].state[slotStatus].id != id {
				continue
			}
			step := jiraStep{change: fmt.Sprintf("category/%s/%d", id, f.until.UnixMilli()), at: f.until, correction: true, state: list[place-1].state}
			list = slices.Insert(list, place, step)
		}
	}
	return list
}

// serviceType stands before the names of the types that Jira Service Management brings: its "[System] Incident" is what others call
// Incident.
const serviceType = "[system] "

// settle fills what follows from the fields: state, kind, when work began and when the issue was closed.
func (j *jiraFold) settle(it, before *event.Item, st *jiraState, at time.Time) (guessed bool) {
	it.Kind = j.n.kindOf(event.KindIssue, it.Type, it.Labels)
	if t, own := strings.CutPrefix(fold(it.Type), serviceType); own && it.Kind == event.KindIssue {
		it.Kind = j.n.kindOf(event.KindIssue, t, nil)
	}
	it.StartedAt, it.ClosedAt = before.StartedAt, before.ClosedAt
	it.State, guessed = j.state(st, at, it.StartedAt != nil)
	if it.State == event.StateInProgress && it.StartedAt == nil {
		it.StartedAt = ptr(at)
	}
	switch closed := isClosed(it.State); {
	case closed && !isClosed(before.State):
		it.ClosedAt = ptr(at)
	case !closed:
		it.ClosedAt = nil
	}
	return guessed
}

func isClosed(s event.State) bool { return s == event.StateDone || s == event.StateDropped }

// item returns the work item's state that the slots say; settle fills the rest.
func (j *jiraFold) item(st *jiraState) event.Item {
	it := event.Item{
		Type: st[slotType].text, Title: st[slotSummary].text, Status: st[slotStatus].text, Priority: st[slotPriority].text,
		Labels: set(append(strings.Fields(st[slotLabels].text), st[slotLabelFields].names()...)...), Components: st[slotComponents].names(),
		Milestone: strings.Join(st[slotVersions].names(), ", "), Sprint: st[slotSprint].sprint(), Points: st[slotPoints].points(),
		DueAt: st[slotDue].due(), Author: event.Pseudonym(j.raw.Source, st[slotReporter].id), AuthorBot: j.bots[st[slotReporter].id],
		Body: ptr(st[slotDescription].text), ParentKey: st[slotParent].text, Resolution: st[slotResolution].text, CreatedAt: j.created,
	}
	if a := st[slotAssignee].id; a != "" {
		it.Assignees = []string{event.Pseudonym(j.raw.Source, a)}
	}
	return it
}

func (v value) points() *float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// due returns midnight UTC of the day on which an issue is due. The changelog has the date as the value and a
// local way to write it as the text.
func (v value) due() *time.Time {
	for _, s := range [...]string{v.id, v.text} {
		if len(s) > len(time.DateOnly) {
			s = s[:len(time.DateOnly)]
		}
		if at, err := time.Parse(time.DateOnly, s); err == nil {
			if at, err = inRange(at, s); err == nil {
				return &at
			}
		}
	}
	return nil
}
