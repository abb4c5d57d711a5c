/* clock.h - elapsed time, and pauses. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/** clock_seconds - seconds by a clock that never jumps; only differences are meaningful. */
double clock_seconds(void);

/** clock_seconds_since_boot - the same by a clock that goes on while the machine is suspended. */
double clock_seconds_since_boot(void);

/** clock_pause - do nothing for @milliseconds, below 1,000, or until a signal comes. */
void clock_pause(unsigned milliseconds);

#endif
