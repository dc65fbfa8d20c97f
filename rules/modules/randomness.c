#include "rules/modules/randomness.h"

#include <math.h>

#define PI 3.141592653589793

void serial_correlation_add(struct serial_correlation *measure, double byte, bool begins)
{
	if (begins)
		measure->first = byte;
	measure->products += measure->last * byte;
	measure->sum += byte;
	measure->squares += byte * byte;
	measure->last = byte;
	measure->count++;
}

double serial_correlation_result(const struct serial_correlation *measure)
{
	double count = (double)measure->count;
	double products = measure->products + measure->last * measure->first;
	double square = measure->sum * measure->sum;
	double spread = count * measure->squares - square;

	return spread == 0 ? -100000 : (count * products - square) / spread;
}

static bool is_inside(const uint32_t *point)
{
	const double radius = 256.0 * 256.0 * 256.0 - 1;
	double x = 0, y = 0;

	for (unsigned i = 0; i < 3; i++) {
		x = x * 256.0 + point[i];
		y = y * 256.0 + point[i + 3];
	}
	return x * x + y * y <= radius * radius;
}

void monte_carlo_add(struct monte_carlo *measure, uint32_t byte, bool begins)
{
	if (begins)
		measure->filled = 0;
	measure->point[measure->filled++] = byte;
	if (measure->filled < 6)
		return;
	measure->filled = 0;
	measure->points++;
	measure->inside += is_inside(measure->point);
}

double monte_carlo_result(const struct monte_carlo *measure)
{
	double share = (double)measure->inside / (double)measure->points;

	return fabs((4.0 * share - PI) / PI);
}
