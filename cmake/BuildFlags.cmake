set(CKPT_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined")
option(CKPT_WARNINGS_AS_ERRORS "Fail on any compiler warning" OFF)
option(CKPT_FUZZ "Build the libFuzzer targets; needs clang" OFF)

# What every hand-written source is compiled with. Generated code uses ckpt_generated_flags.
add_library(ckpt_generated_flags INTERFACE)
target_compile_features(ckpt_generated_flags INTERFACE c_std_17)
target_compile_definitions(ckpt_generated_flags INTERFACE _GNU_SOURCE
	CKPT_VERSION="${PROJECT_VERSION}")
target_include_directories(ckpt_generated_flags INTERFACE ${PROJECT_SOURCE_DIR})
if(CKPT_SANITIZE)
	target_compile_options(ckpt_generated_flags INTERFACE
		-fsanitize=${CKPT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
	target_link_options(ckpt_generated_flags INTERFACE -fsanitize=${CKPT_SANITIZE})
endif()

add_library(ckpt_build_flags INTERFACE)
target_link_libraries(ckpt_build_flags INTERFACE ckpt_generated_flags)
target_compile_options(ckpt_build_flags INTERFACE
	-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	-Wpointer-arith -Wvla)
if(CKPT_WARNINGS_AS_ERRORS)
	target_compile_options(ckpt_build_flags INTERFACE -Werror)
endif()

# ckpt_library(NAME FILE... [DEPENDS TARGET...]): one floor, a static library.
function(ckpt_library name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS")
	add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
	target_link_libraries(${name} PUBLIC ckpt_generated_flags ${arg_DEPENDS} PRIVATE ckpt_build_flags)
endfunction()

# ckpt_test(NAME FILE... [DEPENDS TARGET...]): one test program; exit status 77 means skipped.
function(ckpt_test name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS")
	add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
	target_link_libraries(${name} PRIVATE ${arg_DEPENDS} PkgConfig::CMOCKA ckpt_build_flags)
	target_compile_definitions(${name} PRIVATE
		TEST_DATA_DIR="${PROJECT_SOURCE_DIR}/tests/data"
		SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
	add_test(NAME ${name} COMMAND ${name})
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()
