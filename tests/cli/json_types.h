#ifndef CKPT_TESTS_JSON_TYPES_H
#define CKPT_TESTS_JSON_TYPES_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a value is of the type that a field has for ever. */
bool is_text(const json_t *value);
bool is_word(const json_t *value);
bool is_hash(const json_t *value);
bool is_run_id(const json_t *value);
bool is_address(const json_t *value);
bool is_time(const json_t *value);
bool is_base64(const json_t *value);
bool is_size(const json_t *value);
bool is_above_zero(const json_t *value);
bool is_above_one(const json_t *value);
bool is_one(const json_t *value);
bool is_byte(const json_t *value);
bool is_exit_code(const json_t *value);
bool is_number(const json_t *value);
bool is_boolean(const json_t *value);
bool is_true(const json_t *value);
bool is_object(const json_t *value);
bool is_array(const json_t *value);
bool is_array_of_texts(const json_t *value);
bool is_array_of_sizes(const json_t *value);
bool is_meta(const json_t *value);
bool is_protection(const json_t *value);
bool is_string_name(const json_t *value);

/* One of the words that json.md lists for the field. */
bool is_line_type(const json_t *value);
bool is_row_type(const json_t *value);
bool is_stage(const json_t *value);
bool is_cache(const json_t *value);
bool is_process_state(const json_t *value);
bool is_open_file_kind(const json_t *value);
bool is_encoding(const json_t *value);
bool is_form(const json_t *value);
bool is_compression(const json_t *value);
bool is_time_source(const json_t *value);
bool is_engine(const json_t *value);
bool is_target_kind(const json_t *value);
bool is_origin(const json_t *value);
bool is_direction(const json_t *value);
bool is_source(const json_t *value);
bool is_executable_state(const json_t *value);
bool is_vma_kind(const json_t *value);
bool is_effect(const json_t *value);
bool is_cause(const json_t *value);
bool is_warning_code(const json_t *value);

#endif
