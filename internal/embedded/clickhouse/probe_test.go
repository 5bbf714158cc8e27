package clickhouse
import ("testing";"fmt";"time")
func TestProbe(t *testing.T){
 p,err:=Locate(); if err!=nil {t.Fatal(err)}
 t0:=time.Now()
 l,err:=loadLibrary(p); if err!=nil {t.Fatal(err)}
 fmt.Println("load",time.Since(t0)); t0=time.Now()
 c,err:=l.dial([]string{"clickhouse","--path="+t.TempDir()}); if err!=nil {t.Fatal(err)}
 fmt.Println("dial",time.Since(t0)); t0=time.Now()
 c2,err:=l.dial([]string{"clickhouse","--path=/nonsense"})
 fmt.Println("dial2 other path",c2!=nil,err,time.Since(t0)); 
 for _,f:=range []string{"CSVWithNames","JSON","JSONEachRow","Native","TabSeparated"} {
  n:=0
  err:=c.each("select number, toString(number) s from numbers(3) union all select 7,'x' format "+f,"Native",&params{},func(b []byte) error{ n++; if f!="Native"{fmt.Printf("%q\n",b)} else {fmt.Println(len(b))}; return nil})
  fmt.Println(f,n,err)
 }
 for _,f:=range []string{"JSON","CSVWithNames","Parquet"}{
 n:=0;tot:=0
 t0=time.Now()
 err=c.each("select number, toString(number) s from numbers(300000)",f,&params{},func(b []byte) error{ n++;tot+=len(b); if n==2&&f!="Parquet"{fmt.Printf("%q\n",b[:80])}; return nil})
 fmt.Println(f,n,tot,err,time.Since(t0))
 b,_,err:=c.run("select number, toString(number) s from numbers(300000)",f,&params{})
 fmt.Println(len(b),err)
 }
 fmt.Println(c.each("select throwIf(number=200000) from numbers(300000)","JSONEachRow",&params{},func(b []byte) error{return nil}))
 b,_,err:=c.run("select 1","CSV",&params{}); fmt.Printf("%q %v\n",b,err)
 for _,q:=range []string{"select 1","insert into t values (1)","kill query where 1","system flush logs","select 1; select 2","set a=1","use x","create table t (a int) engine=Memory","nonsense","show tables","explain select 1","select 1 into outfile 'x'","select * from file('/etc/passwd','LineAsString')"} {
  a,err:=c.inspect(q); fmt.Println(q,a,err)
 }
 p2:=&params{}; p2.add("x","7"); b,_,err=c.run("select {x:UInt8}+1","CSV",p2); fmt.Printf("%q %v\n",b,err)
 fmt.Println(c.exec("create table t (a UInt32, s String) engine=MergeTree order by a"))
 var w uint64
 fmt.Println(c.exec("set readonly=1"), c.exec("set readonly=0"), c.exec("select * from file('/etc/passwd','LineAsString')"), c.exec("select 1 into outfile '/tmp/xx'"))
 _=w
 c3,err:=l.dial([]string{"clickhouse","--path="+"/x"}); fmt.Println(c3!=nil,err)
}
