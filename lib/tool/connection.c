/* connection.c - ends a connection early: on a signal, after silence, or after its time. */
#include "tool/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "peer/connection.h"
#include "tool/record_tap.h"
#include "tool/stop.h"

#define PIPE_SIZE     (1 << 20)
#define IDLE_SECONDS  120
#define GRACE_SECONDS 1 /* the last part of the time limit of the other side */

static volatile int stop;
static volatile int
	ended; /* by a signal from outside: an alarm ends the connection only, and no message to the ledger */
static int wake = -1;
static unsigned idle;
static volatile bool alarmed; /* the alarm went off once since the last progress */

/*
 * All calls here are safe in a handler. The alarm repeats each second: a write to a side that does not read may begin just
 * after a signal, and only the next signal ends that write.
 */
static void on_stop(int signal_number)
{
	const uint64_t one = 1;
	int before = errno;

	if (stop == 0)
		stop = signal_number;
	alarm(1);
	while (write(wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	errno = before;
}

static void on_end(int signal_number)
{
	ended = signal_number;
	on_stop(signal_number);
}

/*
 * While this process is stopped (ctrl-Z) the alarm goes off too. So two alarms are needed: in the second between them the
 * other side can show that it is alive.
 */
static void on_alarm(int signal_number)
{
	if (stop == 0 && !alarmed) {
		alarmed = true;
		alarm(GRACE_SECONDS);
		return;
	}
	on_stop(signal_number);
}

static void progress(void)
{
	if (stop != 0)
		return;
	alarmed = false;
	alarm(idle > GRACE_SECONDS ? idle - GRACE_SECONDS : idle);
}

static void working(void)
{
	if (stop == 0)
		alarm(0);
}

unsigned tool_connection_idle(struct tool *t)
{
	const char *given = tool_value(t, "idle");
	uint64_t seconds = given != NULL ? tool_parse_seconds(t, given) : IDLE_SECONDS;

	if (seconds > INT32_MAX)
		tool_fail(t, STATUS_BAD_NUMBER, "'%.80s' is too long: --idle is at most 24855d", given);
	return (unsigned)seconds;
}

/* Forget the end of the connection before this one, except a signal to stop. */
static void forget_the_last_line(void)
{
	uint64_t count;

	if (stop == SIGALRM)
		stop = 0;
	while (stop == 0 && read(wake, &count, sizeof(count)) > 0)
		;
}

static void handle(int signal_number, void (*handler)(int signal_number))
{
	struct sigaction action = {.sa_handler = handler};

	sigemptyset(&action.sa_mask);
	sigaction(signal_number, &action, NULL);
}

enum status tool_connection_catch(struct tool *t)
{
	if (wake < 0)
		wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake < 0)
		return party_fail(&t->party, STATUS_IO, "cannot wait for signals: %s", strerror(errno));
	handle(LINE_TIME, on_stop);
	handle(SIGALRM, on_alarm); /* before the others, which set an alarm */
	stop_catch(on_end);
	t->party.stop = &stop;
	if (t->party.ledger != NULL)
		ledger_set_stop(t->party.ledger, &ended);
	return STATUS_OK;
}

enum status tool_connection_open(struct tool *t, struct connection *line, int in, int out)
{
	enum status s = tool_connection_catch(t);

	if (s != STATUS_OK)
		return s;
	idle = tool_connection_idle(t);
	forget_the_last_line();
	fcntl(in, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(out, F_SETPIPE_SZ, PIPE_SIZE);
	*line = (struct connection){
		.in = in, .out = out, .stop = &stop, .wake = wake, .progress = progress, .working = working};
	progress();
	return record_tap_connect(t, line);
}

enum status tool_connection_limit(struct tool *t, uint64_t seconds)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = LINE_TIME};
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)seconds}};
	timer_t timer;

	if (seconds == 0)
		return STATUS_OK;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &when, NULL) != 0)
		return party_fail(&t->party, STATUS_IO, "cannot measure time: %s", strerror(errno));
	return STATUS_OK;
}

void tool_connection_close(void)
{
	alarm(0);
}

int tool_connection_signal(void)
{
	return stop;
}
