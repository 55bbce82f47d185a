;; The loops over pixels that take most of a scan, many of them sixteen pixels at a time, on the memory of
;; the engine. Each does what a function in Go does, which is left the rests of rows shorter than that.
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
        local.get $out i32.const 16 i32.add local.set $out local.get $in i32.const 64 i32.add local.set $in
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
        local.get $out local.get $w i32.add local.set $out local.get $in local.get $stride i32.const 1 i32.shl i32.add local.set $in
        local.get $h i32.const 1 i32.sub local.set $h
        br 0
      end
    end)

  ;; blockRow writes contrast << 8 | average of $pairs pairs of blocks of eight by eight
  ;; pixels that lie side by side. $all is 0, or what all 64 pixels may add up to when
  ;; these are to be inverted.
  (func $blockRow (param $sums i32) (param $in i32) (param $pairs i32) (param $stride i32) (param $all i32)
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
        local.get $sums i32.const 8 i32.add local.set $sums local.get $in i32.const 16 i32.add local.set $in
        local.get $pairs i32.const 1 i32.sub local.set $pairs
        br 0
      end
    end)

  ;; blocks does $n rows of blocks, whose results lie $row bytes apart.
  (func (export "blocks") (param $sums i32) (param $row i32) (param $in i32) (param $stride i32) (param $pairs i32) (param $n i32)
    (param $all i32)
    block
      loop
        local.get $n i32.eqz br_if 1
        local.get $sums local.get $in local.get $pairs local.get $stride local.get $all call $blockRow
        local.get $sums local.get $row i32.add local.set $sums local.get $in local.get $stride i32.const 3 i32.shl i32.add local.set $in
        local.get $n i32.const 1 i32.sub local.set $n
        br 0
      end
    end)

  ;; cutRow writes a bit for each of $pairs times sixteen pixels in $rows rows, 1 where it is
  ;; below the threshold of its block. $invert is 0, or -1 to invert the pixels.
  (func $cutRow (param $out i32) (param $row i32) (param $in i32) (param $stride i32) (param $rows i32)
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
        local.get $thresholds i32.const 2 i32.add local.set $thresholds local.get $in i32.const 16 i32.add local.set $in
        local.get $out i32.const 2 i32.add local.set $out local.get $pairs i32.const 1 i32.sub local.set $pairs
        br 0
      end
    end)

  ;; cut does $h rows of pixels, each eight with a row of thresholds, which lie $blocks bytes apart.
  (func (export "cut") (param $out i32) (param $row i32) (param $in i32) (param $stride i32) (param $h i32)
    (param $thresholds i32) (param $blocks i32) (param $pairs i32) (param $invert i32)
    block
      loop
        local.get $h i32.const 0 i32.le_s br_if 1
        local.get $out local.get $row local.get $in local.get $stride
        local.get $h i32.const 8 local.get $h i32.const 8 i32.le_s select
        local.get $thresholds local.get $pairs local.get $invert call $cutRow
        local.get $out local.get $row i32.const 3 i32.shl i32.add local.set $out
        local.get $in local.get $stride i32.const 3 i32.shl i32.add local.set $in
        local.get $thresholds local.get $blocks i32.add local.set $thresholds
        local.get $h i32.const 8 i32.sub local.set $h
        br 0
      end
    end)

  ;; smooth writes a threshold for each of $w times $h blocks, $w at least four: the mean over those
  ;; of five by five around whose pixels differ by $contrast or more. $line is a row of 0.
  (func (export "smooth") (param $out i32) (param $sums i32) (param $w i32) (param $h i32) (param $contrast i32) (param $line i32)
    (local $x i32) (local $y i32) (local $n i32) (local $p i32) (local $k i32) (local $from i32) (local $a v128)
    ;; Blocks become 1 << 16 | average, or 0; doing it twice, as the last four may be, is as once.
    local.get $w local.get $h i32.mul local.set $n
    loop
      local.get $sums local.get $x i32.const 2 i32.shl i32.add local.tee $p
      local.get $p v128.load local.tee $a i32.const 8 i32x4.shr_u local.get $contrast i32x4.splat i32x4.ge_u
      local.get $a i32.const 0xff i32x4.splat v128.and i32.const 0x10000 i32x4.splat v128.or v128.and
      v128.store
      local.get $x i32.const 4 i32.add local.get $n i32.lt_s
      if
        local.get $x i32.const 4 i32.add local.get $n i32.const 4 i32.sub
        local.get $x i32.const 8 i32.add local.get $n i32.le_s select local.set $x
        br 1
      end
    end
    loop
      ;; The rows from $y-2 to $y+2 that there are.
      local.get $y i32.const 2 i32.sub i32.const 0 local.get $y i32.const 2 i32.ge_s select local.set $from
      local.get $y i32.const 3 i32.add local.get $h local.get $y i32.const 3 i32.add local.get $h i32.le_s select
      local.get $from i32.sub local.set $n
      i32.const 0 local.set $x
      loop
        local.get $sums local.get $from local.get $w i32.mul local.get $x i32.add i32.const 2 i32.shl i32.add local.set $p
        i32.const 0 i32x4.splat local.set $a
        local.get $n local.set $k
        loop
          local.get $a local.get $p v128.load i32x4.add local.set $a
          local.get $p local.get $w i32.const 2 i32.shl i32.add local.set $p
          local.get $k i32.const 1 i32.sub local.tee $k br_if 0
        end
        local.get $line local.get $x i32.const 2 i32.shl i32.add local.get $a v128.store offset=8
        local.get $x i32.const 4 i32.add local.get $w i32.lt_s
        if
          local.get $x i32.const 4 i32.add local.get $w i32.const 4 i32.sub
          local.get $x i32.const 8 i32.add local.get $w i32.le_s select local.set $x
          br 1
        end
      end
      i32.const 0 local.set $x
      loop
        local.get $line local.get $x i32.const 2 i32.shl i32.add local.tee $p
        v128.load local.get $p v128.load offset=4 i32x4.add local.get $p v128.load offset=8 i32x4.add
        local.get $p v128.load offset=12 i32x4.add local.get $p v128.load offset=16 i32x4.add local.set $a
        local.get $out local.get $x i32.add
        local.get $a i32.const 0xffff i32x4.splat v128.and f32x4.convert_i32x4_u
        local.get $a i32.const 16 i32x4.shr_u f32x4.convert_i32x4_u
        f32x4.div i32x4.trunc_sat_f32x4_u ;; 0/0 becomes 0
        local.tee $a local.get $a i16x8.narrow_i32x4_u local.tee $a local.get $a i8x16.narrow_i16x8_u
        i32x4.extract_lane 0 i32.store
        local.get $x i32.const 4 i32.add local.get $w i32.lt_s
        if
          local.get $x i32.const 4 i32.add local.get $w i32.const 4 i32.sub
          local.get $x i32.const 8 i32.add local.get $w i32.le_s select local.set $x
          br 1
        end
      end
      local.get $out local.get $w i32.add local.set $out
      local.get $y i32.const 1 i32.add local.tee $y local.get $h i32.lt_s br_if 0
    end)

  ;; slide adds to $w sums of 16 bits a row of pixels and takes off another, if $keep is -1 and not 0.
  (func $slide (param $sums i32) (param $come i32) (param $gone i32) (param $keep i32) (param $w i32)
    (local $v v128)
    local.get $keep i32x4.splat local.set $v
    block
      loop
        local.get $w i32.const 8 i32.lt_s br_if 1
        local.get $sums
        local.get $sums v128.load local.get $come v128.load8x8_u i16x8.add
        local.get $gone v128.load8x8_u local.get $v v128.and i16x8.sub
        v128.store
        local.get $sums i32.const 16 i32.add local.set $sums local.get $come i32.const 8 i32.add local.set $come
        local.get $gone i32.const 8 i32.add local.set $gone local.get $w i32.const 8 i32.sub local.set $w
        br 0
      end
    end
    block
      loop
        local.get $w i32.eqz br_if 1
        local.get $sums
        local.get $sums i32.load16_u local.get $come i32.load8_u i32.add local.get $gone i32.load8_u local.get $keep i32.and i32.sub
        i32.store16
        local.get $sums i32.const 2 i32.add local.set $sums local.get $come i32.const 1 i32.add local.set $come
        local.get $gone i32.const 1 i32.add local.set $gone local.get $w i32.const 1 i32.sub local.set $w
        br 0
      end
    end)

  ;; clamp returns the number from 0 to below $n that is next to $i.
  (func $clamp (param $i i32) (param $n i32) (result i32)
    local.get $i i32.const 0 local.get $i i32.const 0 i32.ge_s select local.tee $i
    local.get $n i32.const 1 i32.sub
    local.get $i local.get $n i32.lt_s select)

  ;; soften fills $h rows of $w pixels, $w at least sixteen, with means over squares of 2 * $r + 1, of
  ;; which $scale is the share of one pixel in 2**-16. $sums is room for $w + 2 * $r numbers of 16 bits, all 0.
  (func (export "soften") (param $out i32) (param $in i32) (param $w i32) (param $h i32) (param $stride i32) (param $r i32)
    (param $scale i32) (param $sums i32)
    (local $mid i32) (local $x i32) (local $y i32) (local $k i32) (local $p i32) (local $a v128) (local $b v128) (local $s v128)
    local.get $scale i16x8.splat local.set $s
    local.get $sums local.get $r i32.const 1 i32.shl i32.add local.set $mid
    i32.const 0 local.get $r i32.sub local.set $k
    loop
      local.get $mid local.get $in local.get $k local.get $h call $clamp local.get $stride i32.mul i32.add
      local.get $in i32.const 0 local.get $w call $slide
      local.get $k i32.const 1 i32.add local.tee $k local.get $r i32.le_s br_if 0
    end
    loop
      ;; The sums at both ends stand for those beyond.
      i32.const 1 local.set $k
      loop
        local.get $mid local.get $k i32.const 1 i32.shl i32.sub local.get $mid i32.load16_u i32.store16
        local.get $mid local.get $w i32.const 1 i32.shl i32.add local.tee $p local.get $k i32.const 1 i32.shl i32.add i32.const 2 i32.sub
        local.get $p i32.const 2 i32.sub i32.load16_u i32.store16
        local.get $k i32.const 1 i32.add local.tee $k local.get $r i32.le_s br_if 0
      end
      i32.const 0 local.set $x
      loop
        local.get $sums local.get $x i32.const 1 i32.shl i32.add local.tee $p v128.load local.set $a
        local.get $p v128.load offset=16 local.set $b
        local.get $r i32.const 1 i32.shl local.set $k
        loop
          local.get $p i32.const 2 i32.add local.set $p
          local.get $a local.get $p v128.load i16x8.add local.set $a local.get $b local.get $p v128.load offset=16 i16x8.add local.set $b
          local.get $k i32.const 1 i32.sub local.tee $k br_if 0
        end
        local.get $out local.get $x i32.add
        local.get $a local.get $s i32x4.extmul_low_i16x8_u i32.const 16 i32x4.shr_u
        local.get $a local.get $s i32x4.extmul_high_i16x8_u i32.const 16 i32x4.shr_u i16x8.narrow_i32x4_u
        local.get $b local.get $s i32x4.extmul_low_i16x8_u i32.const 16 i32x4.shr_u
        local.get $b local.get $s i32x4.extmul_high_i16x8_u i32.const 16 i32x4.shr_u i16x8.narrow_i32x4_u
        i8x16.narrow_i16x8_u
        v128.store
        local.get $x i32.const 16 i32.add local.get $w i32.lt_s
        if
          local.get $x i32.const 16 i32.add local.get $w i32.const 16 i32.sub
          local.get $x i32.const 32 i32.add local.get $w i32.le_s select local.set $x
          br 1
        end
      end
      local.get $mid
      local.get $in local.get $y local.get $r i32.add i32.const 1 i32.add local.get $h call $clamp local.get $stride i32.mul i32.add
      local.get $in local.get $y local.get $r i32.sub local.get $h call $clamp local.get $stride i32.mul i32.add
      i32.const -1 local.get $w call $slide
      local.get $out local.get $w i32.add local.set $out
      local.get $y i32.const 1 i32.add local.tee $y local.get $h i32.lt_s br_if 0
    end)

  ;; boost fills $h rows of $w pixels, a multiple of sixteen and not 0, with those of $in plus $times what they
  ;; differ by from those around, whose rows lie as far apart as those of $out.
  (func (export "boost") (param $out i32) (param $row i32) (param $in i32) (param $stride i32) (param $around i32) (param $w i32)
    (param $h i32) (param $times i32)
    (local $x i32) (local $v v128) (local $u v128) (local $t v128)
    local.get $times i16x8.splat local.set $t
    loop
      i32.const 0 local.set $x
      loop
        local.get $out local.get $x i32.add
        local.get $in local.get $x i32.add v128.load8x8_u local.tee $v
        local.get $v local.get $around local.get $x i32.add v128.load8x8_u i16x8.sub local.get $t i16x8.mul i16x8.add
        local.get $in local.get $x i32.add v128.load8x8_u offset=8 local.tee $u
        local.get $u local.get $around local.get $x i32.add v128.load8x8_u offset=8 i16x8.sub local.get $t i16x8.mul i16x8.add
        i8x16.narrow_i16x8_u
        v128.store
        local.get $x i32.const 16 i32.add local.tee $x local.get $w i32.lt_s br_if 0
      end
      local.get $out local.get $row i32.add local.set $out
      local.get $around local.get $row i32.add local.set $around
      local.get $in local.get $stride i32.add local.set $in
      local.get $h i32.const 1 i32.sub local.tee $h br_if 0
    end)

  ;; runs reports whether five runs are near 1:1:3:1:1, each off by no more than the slack.
  (func $runs (param $a i32) (param $b i32) (param $c i32) (param $d i32) (param $e i32) (result i32)
    (local $s i32) (local $slack i32) (local $most i32)
    block
      local.get $a local.get $b i32.add local.get $c i32.add local.get $d i32.add local.get $e i32.add local.tee $s
      i32.const 7 i32.lt_s br_if 0
      local.get $s i32.const 1 i32.shr_u i32.const 4 i32.add local.tee $slack i32.const 1 i32.shl local.set $most
      ;; From now on $slack is 4 + s/2 - s, so that what is off to the one side becomes large.
      local.get $slack local.get $s i32.sub local.set $slack
      local.get $most local.get $b i32.const 7 i32.mul local.get $slack i32.add i32.lt_u br_if 0
      local.get $most local.get $d i32.const 7 i32.mul local.get $slack i32.add i32.lt_u br_if 0
      local.get $most local.get $a i32.const 7 i32.mul local.get $slack i32.add i32.lt_u br_if 0
      local.get $most local.get $e i32.const 7 i32.mul local.get $slack i32.add i32.lt_u br_if 0
      local.get $c i32.const 7 i32.mul local.get $s i32.const 3 i32.mul i32.sub local.get $most i32.add
      local.get $most i32.const 1 i32.shl i32.le_u return
    end
    i32.const 0)

  ;; run counts, among $n pixels whose bytes lie $step apart, those of one colour before the first of the other.
  (func $run (param $at i32) (param $bit i32) (param $step i32) (param $n i32) (param $dark i32) (result i32)
    (local $i i32)
    block
      loop
        local.get $i local.get $n i32.ge_s br_if 1
        local.get $at i32.load8_u local.get $bit i32.shr_u i32.const 1 i32.and local.get $dark i32.ne br_if 1
        local.get $at local.get $step i32.add local.set $at
        local.get $i i32.const 1 i32.add local.set $i
        br 0
      end
    end
    local.get $i)

  ;; down writes to $o how the runs lie that a column crosses, if they are those of a finder pattern. It
  ;; returns twice the pixels looked at, and 1 more if it wrote.
  (func $down (param $o i32) (param $words i32) (param $row i32) (param $h i32) (param $x i32) (param $y i32) (param $s i32) (result i32)
    (local $at i32) (local $bit i32) (local $n i32) (local $steps i32) (local $high i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f i32)
    local.get $words local.get $y local.get $row i32.mul i32.add local.get $x i32.const 3 i32.shr_u i32.add local.set $at
    local.get $x i32.const 7 i32.and local.set $bit
    local.get $s i32.const 1 i32.shl i32.const 1 i32.add local.tee $n
    local.get $h local.get $y i32.sub
    local.get $n local.get $h local.get $y i32.sub i32.le_s select local.set $n
    local.get $at local.get $bit local.get $row local.get $n i32.const 1 call $run local.set $a
    local.get $at local.get $a local.get $row i32.mul i32.add local.get $bit local.get $row
    local.get $n local.get $a i32.sub i32.const 0 call $run local.set $b
    local.get $at local.get $a local.get $b i32.add local.get $row i32.mul i32.add local.get $bit local.get $row
    local.get $n local.get $a i32.sub local.get $b i32.sub i32.const 1 call $run local.set $c
    local.get $a local.get $b i32.add local.get $c i32.add local.set $steps
    block
      local.get $c i32.eqz br_if 0
      local.get $s i32.const 1 i32.shl i32.const 1 i32.add local.tee $n
      local.get $y i32.const 1 i32.add
      local.get $n local.get $y i32.const 1 i32.add i32.le_s select local.set $n
      i32.const 0 local.get $row i32.sub local.set $row
      local.get $at local.get $bit local.get $row local.get $n i32.const 1 call $run local.set $d
      local.get $at local.get $d local.get $row i32.mul i32.add local.get $bit local.get $row
      local.get $n local.get $d i32.sub i32.const 0 call $run local.set $e
      local.get $at local.get $d local.get $e i32.add local.get $row i32.mul i32.add local.get $bit local.get $row
      local.get $n local.get $d i32.sub local.get $e i32.sub i32.const 1 call $run local.set $f
      local.get $steps local.get $d i32.add local.get $e i32.add local.get $f i32.add local.tee $n local.set $steps
      local.get $n i32.const 1 i32.sub local.set $high
      local.get $f i32.eqz br_if 0
      local.get $high i32.const 3 i32.mul local.get $s i32.lt_s br_if 0
      local.get $f local.get $e local.get $a local.get $d i32.add i32.const 1 i32.sub local.get $b local.get $c call $runs i32.eqz br_if 0
      local.get $o local.get $x i32.store local.get $o local.get $y i32.store offset=4 local.get $o local.get $s i32.store offset=8
      local.get $o local.get $a local.get $d i32.sub i32.store offset=12
      local.get $o local.get $high i32.store offset=16
      local.get $steps i32.const 1 i32.shl i32.const 1 i32.add return
    end
    local.get $steps i32.const 1 i32.shl)

  ;; scan looks along every $step-th row for black, white, black, white and black runs of 1:1:3:1:1, and down
  ;; through each. It writes twenty bytes for each, to $out, and stops after a row when there are $room. At
  ;; $head it says how many, the next row, and how many places it looked at.
  (func (export "scan") (param $out i32) (param $head i32) (param $words i32) (param $row i32) (param $w i32) (param $h i32)
    (param $y i32) (param $step i32) (param $room i32)
    (local $count i32) (local $steps i32) (local $i i32) (local $p i32) (local $n i32) (local $base i32)
    (local $change i64) (local $last i64) (local $v i64) (local $s i32) (local $found i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f i32)
    block
      loop
        local.get $y local.get $h i32.ge_s br_if 1
        local.get $count local.get $room i32.ge_s br_if 1
        local.get $words local.get $y local.get $row i32.mul i32.add local.set $p
        i32.const 0 local.tee $i local.tee $n local.set $base
        i64.const 0 local.set $last
        loop
          local.get $i local.get $row i32.lt_s
          if
            local.get $p i64.load local.tee $v
            local.get $v i64.const 1 i64.shl local.get $last i64.or i64.xor local.set $change
            local.get $v i64.const 63 i64.shr_u local.set $last
          else
            ;; What is black at the end of the row ends there.
            local.get $w local.set $base
            local.get $n i32.const 1 i32.and i64.extend_i32_u local.set $change
          end
          block
            loop
              local.get $change i64.eqz br_if 1
              local.get $b local.set $a local.get $c local.set $b local.get $d local.set $c
              local.get $e local.set $d local.get $f local.set $e
              local.get $change i64.ctz i32.wrap_i64 local.get $base i32.add local.set $f
              local.get $change local.get $change i64.const 1 i64.sub i64.and local.set $change
              local.get $n i32.const 1 i32.add local.tee $n i32.const 1 i32.and br_if 0
              local.get $n i32.const 6 i32.lt_s br_if 0
              ;; Most runs fail the first two comparisons.
              local.get $d local.get $c i32.sub i32.const 7 i32.mul
              local.get $f local.get $a i32.sub local.tee $s i32.const 1 i32.shl i32.const 8 i32.sub i32.lt_s br_if 0
              local.get $s i32.const 2 i32.shl i32.const 8 i32.add
              local.get $d local.get $c i32.sub i32.const 7 i32.mul i32.lt_s br_if 0
              local.get $b local.get $a i32.sub local.get $c local.get $b i32.sub local.get $d local.get $c i32.sub
              local.get $e local.get $d i32.sub local.get $f local.get $e i32.sub call $runs i32.eqz br_if 0
              local.get $out local.get $words local.get $row local.get $h
              local.get $c local.get $d i32.add i32.const 1 i32.shr_u local.get $y local.get $s call $down local.set $found
              local.get $steps local.get $found i32.const 1 i32.shr_u i32.add local.set $steps
              local.get $out local.get $found i32.const 1 i32.and local.tee $found i32.const 20 i32.mul i32.add local.set $out
              local.get $count local.get $found i32.add local.set $count
              br 0
            end
          end
          local.get $base i32.const 64 i32.add local.set $base local.get $p i32.const 8 i32.add local.set $p
          local.get $i i32.const 8 i32.add local.tee $i local.get $row i32.le_s br_if 0
        end
        local.get $steps local.get $n i32.add local.set $steps
        local.get $y local.get $step i32.add local.set $y
        br 0
      end
    end
    local.get $head local.get $count i32.store local.get $head local.get $y i32.store offset=4
    local.get $head local.get $steps i32.store offset=8)
)
