# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for lab: . lab/completion.bash

_lab_hosts()
{
	"$1" status --json 2>/dev/null | sed -n 's/^  "\([a-z][a-z0-9-]*\)": {$/\1/p'
}

_lab_words()
{
	local command=$1 position=$2
	case $command:$position in
	:1) echo up add run start shell kill boot wipe pause resume cut isolate heal loss delay clock fulldisk fence put \
		cluster status labs down gc help ;;
	help:2) _lab_words '' 1 ;;
	fence:2) echo up down on off reboot status list log hang fail lie slow deaf heal ;;
	fence:3) _lab_hosts "$3" ;;
	run:2 | start:2 | shell:2 | kill:2 | boot:2 | wipe:2 | pause:2 | resume:2 | isolate:2 | clock:2 | fulldisk:2 | put:2 | \
		cut:[23] | loss:[23] | delay:[23] | heal:*) _lab_hosts "$3" ;;
	esac
	case $command in
	up) echo --names --links --device --clocks --owner ;;
	cut) echo --one-way --link ;;
	isolate) echo --link ;;
	loss) echo --all --one-way --link ;;
	delay) echo --all --one-way --link --jitter ;;
	clock) echo --reset ;;
	fulldisk) echo --undo ;;
	fence) echo --boot-time --then ;;
	cluster) echo --engine --crypto --totem --pacemaker ;;
	status) echo --json ;;
	down) echo --all ;;
	esac
}

_lab()
{
	local word=${COMP_WORDS[COMP_CWORD]} command=
	[ "$COMP_CWORD" -gt 1 ] && command=${COMP_WORDS[1]}
	COMPREPLY=()
	case $command:$COMP_CWORD in
	put:3 | start:3) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	run:3 | start:4) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
	run:* | start:*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$(_lab_words "$command" "$COMP_CWORD" "${COMP_WORDS[0]}")" -- "$word") ;;
	esac
}

complete -F _lab lab
