;; The loops over pixels that take most of a scan, sixteen pixels at a time, on the
;; memory of the engine. Each does what a function in Go does, which says
;; what comes out; the rests of rows shorter than sixteen pixels are left to it.
;; go run ./scripts/kernel assembles this file to kernel.wasm beside it.
(module
  (import "go" "mem" (memory 1))

  ;; luma turns RGBA at $in into luma at $out until $n pixels, a multiple of sixteen, are
  ;; done or sixteen come of which one is not opaque. It returns how many were done.
  (func (export "luma") (param $out i32) (param $in i32) (param $n i32) (result i32)
    (local $i i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $low v128) (local $redblue v128) (local $green v128) (local $half v128) (local $opaque v128)
    i32.const 0x00ff00ff i32x4.splat local.set $low
    i32.const 0x001d004d i32x4.splat local.set $redblue
    i32.const 0x00000096 i32x4.splat local.set $green
    i32.const 128 i32x4.splat local.set $half
    i32.const 0xff000000 i32x4.splat local.set $opaque
    block
      loop
        local.get $i local.get $n i32.ge_s br_if 1
        local.get $in v128.load local.set $a
        local.get $in v128.load offset=16 local.set $b
        local.get $in v128.load offset=32 local.set $c
        local.get $in v128.load offset=48 local.set $d
        local.get $a local.get $b v128.and local.get $c v128.and local.get $d v128.and
        local.get $opaque v128.and local.get $opaque i32x4.eq i32x4.all_true i32.eqz br_if 1
        local.get $out
        local.get $a local.get $low v128.and local.get $redblue i32x4.dot_i16x8_s
        local.get $a i32.const 8 i16x8.shr_u local.get $green i32x4.dot_i16x8_s
        i32x4.add local.get $half i32x4.add i32.const 8 i32x4.shr_u
        local.get $b local.get $low v128.and local.get $redblue i32x4.dot_i16x8_s
        local.get $b i32.const 8 i16x8.shr_u local.get $green i32x4.dot_i16x8_s
        i32x4.add local.get $half i32x4.add i32.const 8 i32x4.shr_u
        i16x8.narrow_i32x4_u
        local.get $c local.get $low v128.and local.get $redblue i32x4.dot_i16x8_s
        local.get $c i32.const 8 i16x8.shr_u local.get $green i32x4.dot_i16x8_s
        i32x4.add local.get $half i32x4.add i32.const 8 i32x4.shr_u
        local.get $d local.get $low v128.and local.get $redblue i32x4.dot_i16x8_s
        local.get $d i32.const 8 i16x8.shr_u local.get $green i32x4.dot_i16x8_s
        i32x4.add local.get $half i32x4.add i32.const 8 i32x4.shr_u
        i16x8.narrow_i32x4_u
        i8x16.narrow_i16x8_u
        v128.store
        local.get $out i32.const 16 i32.add local.set $out
        local.get $in i32.const 64 i32.add local.set $in
        local.get $i i32.const 16 i32.add local.set $i
        br 0
      end
    end
    local.get $i)

  ;; half writes one row of $n means of four, $n at least sixteen, from two rows.
  (func $halfRow (param $out i32) (param $a i32) (param $b i32) (param $n i32)
    (local $x i32) (local $two v128)
    i32.const 2 i16x8.splat local.set $two
    loop
      local.get $out local.get $x i32.add
      local.get $a local.get $x i32.const 1 i32.shl i32.add v128.load i16x8.extadd_pairwise_i8x16_u
      local.get $b local.get $x i32.const 1 i32.shl i32.add v128.load i16x8.extadd_pairwise_i8x16_u
      i16x8.add local.get $two i16x8.add i32.const 2 i16x8.shr_u
      local.get $a local.get $x i32.const 1 i32.shl i32.add v128.load offset=16 i16x8.extadd_pairwise_i8x16_u
      local.get $b local.get $x i32.const 1 i32.shl i32.add v128.load offset=16 i16x8.extadd_pairwise_i8x16_u
      i16x8.add local.get $two i16x8.add i32.const 2 i16x8.shr_u
      i8x16.narrow_i16x8_u
      v128.store
      ;; The last sixteen may overlap those before.
      local.get $x i32.const 16 i32.add local.get $n i32.lt_s
      if
        local.get $x i32.const 16 i32.add
        local.get $n i32.const 16 i32.sub
        local.get $x i32.const 32 i32.add local.get $n i32.le_s
        select
        local.set $x
        br 1
      end
    end)

  ;; half fills $h rows of $w pixels, $w at least sixteen, from twice as many.
  (func (export "half") (param $out i32) (param $in i32) (param $w i32) (param $h i32) (param $stride i32)
    block
      loop
        local.get $h i32.eqz br_if 1
        local.get $out local.get $in local.get $in local.get $stride i32.add local.get $w call $halfRow
        local.get $out local.get $w i32.add local.set $out
        local.get $in local.get $stride i32.const 1 i32.shl i32.add local.set $in
        local.get $h i32.const 1 i32.sub local.set $h
        br 0
      end
    end)

  ;; blocks writes contrast << 8 | average of $pairs pairs of blocks of eight by eight
  ;; pixels that lie side by side. $all is 0, or what all 64 pixels may add up to when
  ;; these are to be inverted.
  (func (export "blocks") (param $sums i32) (param $in i32) (param $pairs i32) (param $stride i32) (param $all i32)
    (local $p i32) (local $i i32) (local $v v128) (local $low v128) (local $high v128) (local $sum v128)
    block
      loop
        local.get $pairs i32.eqz br_if 1
        local.get $in local.tee $p v128.load local.tee $v local.tee $low local.set $high
        local.get $v i16x8.extadd_pairwise_i8x16_u local.set $sum
        i32.const 7 local.set $i
        loop
          local.get $p local.get $stride i32.add local.tee $p v128.load local.set $v
          local.get $low local.get $v i8x16.min_u local.set $low
          local.get $high local.get $v i8x16.max_u local.set $high
          local.get $sum local.get $v i16x8.extadd_pairwise_i8x16_u i16x8.add local.set $sum
          local.get $i i32.const 1 i32.sub local.tee $i br_if 0
        end
        ;; Least and most of the eight bytes of each block come to its first.
        local.get $low local.get $low i32.const 32 i64x2.shr_u i8x16.min_u local.set $low
        local.get $low local.get $low i32.const 16 i64x2.shr_u i8x16.min_u local.set $low
        local.get $low local.get $low i32.const 8 i64x2.shr_u i8x16.min_u local.set $low
        local.get $high local.get $high i32.const 32 i64x2.shr_u i8x16.max_u local.set $high
        local.get $high local.get $high i32.const 16 i64x2.shr_u i8x16.max_u local.set $high
        local.get $high local.get $high i32.const 8 i64x2.shr_u i8x16.max_u local.set $high
        local.get $high local.get $low i8x16.sub local.set $high
        local.get $sum i32x4.extadd_pairwise_i16x8_u local.set $sum
        local.get $sum local.get $sum i32.const 32 i64x2.shr_u i32x4.add local.set $sum
        local.get $sums
        local.get $high i8x16.extract_lane_u 0 i32.const 8 i32.shl
        local.get $all local.get $sum i32x4.extract_lane 0 i32.sub
        local.get $sum i32x4.extract_lane 0
        local.get $all select
        i32.const 32 i32.add i32.const 6 i32.shr_u
        i32.or i32.store
        local.get $sums
        local.get $high i8x16.extract_lane_u 8 i32.const 8 i32.shl
        local.get $all local.get $sum i32x4.extract_lane 2 i32.sub
        local.get $sum i32x4.extract_lane 2
        local.get $all select
        i32.const 32 i32.add i32.const 6 i32.shr_u
        i32.or i32.store offset=4
        local.get $sums i32.const 8 i32.add local.set $sums
        local.get $in i32.const 16 i32.add local.set $in
        local.get $pairs i32.const 1 i32.sub local.set $pairs
        br 0
      end
    end)

  ;; cut writes a bit for each of $pairs times sixteen pixels in $rows rows, 1 where it is
  ;; below the threshold of its block. $invert is 0, or -1 to invert the pixels.
  (func (export "cut") (param $out i32) (param $row i32) (param $in i32) (param $stride i32) (param $rows i32)
    (param $thresholds i32) (param $pairs i32) (param $invert i32)
    (local $p i32) (local $o i32) (local $i i32) (local $t v128) (local $x v128)
    local.get $invert i32x4.splat local.set $x
    block
      loop
        local.get $pairs i32.eqz br_if 1
        local.get $thresholds v128.load16_splat local.tee $t
        local.get $t i8x16.shuffle 0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 local.set $t
        local.get $in local.set $p
        local.get $out local.set $o
        local.get $rows local.set $i
        loop
          local.get $o
          local.get $p v128.load local.get $x v128.xor local.get $t i8x16.lt_u i8x16.bitmask
          i32.store16
          local.get $o local.get $row i32.add local.set $o
          local.get $p local.get $stride i32.add local.set $p
          local.get $i i32.const 1 i32.sub local.tee $i br_if 0
        end
        local.get $thresholds i32.const 2 i32.add local.set $thresholds
        local.get $in i32.const 16 i32.add local.set $in
        local.get $out i32.const 2 i32.add local.set $out
        local.get $pairs i32.const 1 i32.sub local.set $pairs
        br 0
      end
    end)
)
