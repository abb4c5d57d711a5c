/* clock.h - elapsed time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/** clock_seconds - seconds by a clock that never jumps; only differences are meaningful. */
double clock_seconds(void);

#endif
