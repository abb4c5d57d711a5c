/* stop.h - the signals that end a tool: caught, or put off while something unfinished has a name on the disk. */
#ifndef TOOL_STOP_H
#define TOOL_STOP_H

/**
 * stop_begin - from here on SIGINT, SIGTERM and SIGHUP only set a flag. A signal that is ignored, or that the tool handles
 * itself, stays as it is. Calls may be nested.
 * Returns the flag: not 0 after one of the signals.
 */
const volatile int *stop_begin(void);
/** stop_catch - from now on @handler is called for SIGINT, SIGTERM and SIGHUP; SIGHUP stays ignored if the caller wants that, as nohup does. */
void stop_catch(void (*handler)(int signal_number));
/** stop_end - undo the last stop_begin(). At the outermost call a signal that came meanwhile has its effect: it ends the tool. */
void stop_end(void);

#endif
