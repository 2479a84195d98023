//! Fuel: what each function has in hand, and the budgets that all calls of a statement and of a transaction share.
//!
//! A call takes what its function has in hand, and puts back what it did not use. Only a call that needs more draws on the
//! budgets, at most 100,000 units at a time. So budgets cost a call nothing. What a failed call had in hand counts as used.
//!
//! It must never raise: a guest may be running.

use crate::shared::{self, Period};
use crate::statistics::counts::Event;
use crate::statistics::{Counted, Seen, Site, Subject, Totals};
use crate::{encoding, settings};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::{Error, Guest, Result, Scope};
use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ffi::{CStr, c_void};
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// The fuel of one function or, while plans are explained, of one function at one place in a plan.
#[derive(Debug)]
pub(crate) struct Account {
    /// The function, `InvalidOid` for a DO, and the role that calls it, if roles are counted apart.
    subject: Subject,
    site: Option<Site>,
    /// Units that were drawn and that no call has used; never more than one call may use.
    hand: Cell<u64>,
    /// Units drawn by this process in this statement and in this transaction.
    drawn: [Cell<u64>; 2],
    statistics: Counted,
}

/// The guest of a call, with its function's fuel. Fuel that is left goes back to the function however the call ends.
pub(crate) struct Call<'a> {
    account: &'a Account,
    pub guest: &'a mut Guest,
}

/// The account of the call that runs, or that ran last.
static PAYER: AtomicPtr<Account> = AtomicPtr::new(std::ptr::null_mut());

thread_local! {
    /// Never dropped: the end of the process gives back everything at once.
    static LEDGER: RefCell<ManuallyDrop<Ledger>> = RefCell::default();
}

/// The accounts of a process.
#[derive(Default)]
struct Ledger {
    accounts: HashMap<(Subject, Option<Site>), Rc<Account>>,
    /// The statement and the transaction that the accounts' sums are of.
    period: Period,
    /// The callback for the end of a message of the client's.
    listener: Option<*mut pg_sys::MemoryContextCallback>,
    /// Whether it is registered for the present message.
    listening: bool,
}

/// Each time this many accounts have been added, those that no call site knows are dropped. Until then they are kept for the
/// DETAIL of an error.
const MAX_ACCOUNTS: usize = 1000;

/// How many functions the DETAIL of an error names.
const MAX_NAMED: usize = 5;

/// Returns the account of a function, with nothing in hand, as the fuel that its calls may use can have changed: now it is
/// `limit` units. Where a plan is explained, `site` is the place in it that has the account for itself.
///
/// Raises 53200 if there is a budget and no shared memory to count in.
pub(crate) fn account(function: Oid, site: Option<Site>, limit: u64) -> Rc<Account> {
    if Scope::ALL.into_iter().any(|scope| settings::shared_fuel(scope).limit < u64::MAX) {
        shared::attach();
    }
    let subject = Subject::of_call(function);
    LEDGER.with_borrow_mut(|ledger| {
        if let Some(account) = ledger.accounts.get(&(subject, site)) {
            account.empty_hand();
            account.statistics.start(limit, site.is_some());
            return account.clone();
        }
        if (ledger.accounts.len() + 1).is_multiple_of(MAX_ACCOUNTS) {
            ledger.forget_idle();
        }
        let account = Account {
            subject,
            site,
            hand: Cell::default(),
            drawn: Default::default(),
            statistics: Counted::default(),
        };
        account.statistics.start(limit, site.is_some());
        let account = Rc::new(account);
        ledger.accounts.insert((subject, site), account.clone());
        account
    })
}

impl Account {
    /// Starts a call that may use `fuel` units.
    #[inline]
    pub(crate) fn begin<'a>(&'a self, guest: &'a mut Guest, fuel: u64) -> Call<'a> {
        self.pay();
        guest.begin(fuel, self.hand.take());
        Call { account: self, guest }
    }

    /// Makes this function the one for which guests draw from now on.
    #[inline]
    pub(crate) fn pay(&self) {
        PAYER.store(std::ptr::from_ref(self).cast_mut(), Relaxed);
    }

    /// Returns the fuel of the calls since this was last called, if it is known.
    pub(crate) fn take_seen(&self) -> Option<Seen> {
        self.statistics.take_seen()
    }

    /// Returns the function, `InvalidOid` for a DO.
    pub(crate) fn function(&self) -> Oid {
        self.subject.object
    }

    /// Returns the role that must call, if roles are counted apart.
    pub(crate) fn role(&self) -> Option<Oid> {
        self.subject.role()
    }

    /// Forgets what was counted for a plan that was explained. To be called when the plan's execution has ended, as another one
    /// may have the same addresses.
    pub(crate) fn leave_site(&self) {
        if self.site.is_some() {
            self.statistics.forget_totals(self.subject);
        }
    }

    /// Gives back to the budgets what is in hand.
    pub(crate) fn empty_hand(&self) {
        let fuel = self.hand.take();
        self.statistics.give_back(fuel);
        // Fuel that was drawn while there was no budget was not counted.
        let fuel = fuel.min(self.drawn[Scope::Transaction as usize].get());
        if fuel > 0 {
            self.drawn.iter().for_each(|drawn| drawn.set(drawn.get().saturating_sub(fuel)));
            shared::give_back(fuel);
        }
    }
}

impl Drop for Call<'_> {
    #[inline]
    fn drop(&mut self) {
        let left = self.guest.fuel_left();
        self.account.hand.set(left);
        self.account.statistics.call(left);
    }
}

/// Adds to what the payer has in hand the fuel that a new instance has left. A call of the payer may use `limit` units. If more
/// is in hand then, as warming a heap can draw more, all of it goes back to the budgets.
pub(crate) fn put_back(guest: &Guest, limit: u64) {
    // SAFETY: as in `draw`.
    if let Some(payer) = unsafe { PAYER.load(Relaxed).as_ref() } {
        let hand = payer.hand.get() + guest.fuel_left();
        payer.hand.set(hand);
        payer.statistics.made_instance(hand);
        if hand > limit {
            payer.empty_hand();
        }
    }
}

/// Counts an event of the call that runs, or that ran last.
pub(crate) fn count(event: Event) {
    // SAFETY: as in `draw`.
    if let Some(payer) = unsafe { PAYER.load(Relaxed).as_ref() } {
        payer.statistics.event(event);
    }
}

/// Counts the memory, in bytes, that an instance has got for the call that runs.
pub(crate) fn count_memory(bytes: usize) {
    // SAFETY: as in `draw`.
    if let Some(payer) = unsafe { PAYER.load(Relaxed).as_ref() } {
        payer.statistics.memory(bytes);
    }
}

/// Draws fuel for a guest: the engine's supply. Returns 1 to `most` units.
///
/// # Errors
/// [`Error::SharedFuel`] if a budget is used up.
pub(crate) fn draw(most: u64) -> Result<u64> {
    let limits = Scope::ALL.map(settings::shared_fuel);
    // SAFETY: a guest runs for a call or for a new instance, and both have set the payer, which the ledger keeps.
    let payer = unsafe { PAYER.load(Relaxed).as_ref() };
    if limits.iter().all(|budget| budget.limit == u64::MAX) {
        payer.inspect(|payer| payer.statistics.draw(most));
        return Ok(most);
    }
    LEDGER.with_borrow_mut(|ledger| {
        ledger.begin_period();
        let limits = limits.map(|budget| budget.limit);
        let mut found = shared::draw(most, limits);
        if found.is_err() {
            // Other functions may have some in hand.
            ledger.empty_hands();
            found = shared::draw(most, limits);
        }
        let fuel = found.map_err(|(scope, used)| {
            let settings::SharedFuel { limit, is_ceiling } = settings::shared_fuel(scope);
            Error::SharedFuel { scope, limit, used, is_ceiling }
        })?;
        if let Some(payer) = payer {
            payer.statistics.draw(fuel);
            payer.drawn.iter().for_each(|drawn| drawn.set(drawn.get() + fuel));
        }
        Ok(fuel)
    })
}

/// Returns an error's DETAIL: which functions used a budget of which `used` units are used. To be called when no guest
/// runs.
pub(crate) fn detail(scope: Scope, used: u64) -> String {
    let mut by_function: HashMap<Oid, u64> = HashMap::new();
    LEDGER.with_borrow(|ledger| {
        for account in ledger.accounts.values() {
            *by_function.entry(account.function()).or_default() +=
                account.drawn[scope as usize].get();
        }
    });
    let mut accounts: Vec<(u64, Oid)> =
        by_function.into_iter().map(|(function, drawn)| (drawn, function)).collect();
    accounts.retain(|(drawn, _)| *drawn > 0);
    accounts.sort_unstable_by_key(|(drawn, function)| (Reverse(*drawn), function.to_u32()));
    accounts.truncate(MAX_NAMED);
    // Parallel processes are among them.
    let others = used.saturating_sub(accounts.iter().map(|(drawn, _)| drawn).sum());
    let mut parts: Vec<String> =
        accounts.iter().map(|(drawn, function)| format!("{} {drawn}", name(*function))).collect();
    if others > 0 {
        parts.push(format!("others {others}"));
    }
    format!("Used {used} units of fuel: {}.", parts.join(", "))
}

fn name(function: Oid) -> String {
    if function == pg_sys::InvalidOid {
        return "inline code block".into();
    }
    // SAFETY: any OID is allowed, a missing function gives its number; a C string.
    encoding::lossy(unsafe { CStr::from_ptr(pg_sys::format_procedure(function)) }.to_bytes())
}

/// Gives back what is in hand, which is of the transaction's budget.
pub(crate) fn transaction_ended() {
    // try_: a FATAL error can end a transaction anywhere, and a callback must not panic.
    LEDGER.with(|ledger| {
        if let Ok(mut ledger) = ledger.try_borrow_mut() {
            ledger.empty_hands();
            ledger.flush_statistics();
            ledger.forget_idle();
        }
    });
}

/// Adds what this process has counted in this transaction to the statistics.
pub(crate) fn flush_statistics() {
    LEDGER.with_borrow(|ledger| ledger.flush_statistics());
}

/// Returns what was counted at each place in the plans of the query whose memory context is `query`.
pub(crate) fn totals_of(query: pg_sys::MemoryContext) -> HashMap<(Site, Oid), Totals> {
    let mut all = HashMap::<_, Totals>::new();
    LEDGER.with_borrow(|ledger| {
        for account in ledger.accounts.values() {
            if let Some(site) = account.site.filter(|site| site.query == query) {
                let sum = all.entry((site, account.function())).or_default();
                *sum = *sum + account.statistics.totals();
            }
        }
    });
    all
}

/// Gives back what is in hand, which is of the statement's budget.
unsafe extern "C-unwind" fn message_ended(_: *mut c_void) {
    LEDGER.with(|ledger| {
        if let Ok(mut ledger) = ledger.try_borrow_mut() {
            ledger.listening = false;
            ledger.empty_hands();
        }
    });
}

impl Ledger {
    /// Starts the sums anew if this is another statement or another transaction.
    fn begin_period(&mut self) {
        self.listen();
        let now = Period::current();
        for (i, _) in now.begins(&self.period).iter().enumerate().filter(|(_, is_new)| **is_new) {
            for account in self.accounts.values() {
                // What is in hand was counted in the period before.
                account.statistics.give_back(account.hand.take());
                account.drawn[i].set(0);
            }
        }
        self.period = now;
    }

    /// Has `message_ended` called before the client's next message is read. A process without a client, such as a
    /// parallel worker, has no context for messages.
    fn listen(&mut self) {
        // SAFETY: the callback lives as long as the process, and is registered again only after it was called.
        unsafe {
            if self.listening || pg_sys::MessageContext.is_null() {
                return;
            }
            let listener = *self.listener.get_or_insert_with(|| {
                Box::into_raw(Box::new(pg_sys::MemoryContextCallback {
                    func: Some(message_ended),
                    ..Default::default()
                }))
            });
            pg_sys::MemoryContextRegisterResetCallback(pg_sys::MessageContext, listener);
        }
        self.listening = true;
    }

    fn empty_hands(&self) {
        self.accounts.values().for_each(|account| account.empty_hand());
    }

    fn flush_statistics(&self) {
        for account in self.accounts.values() {
            account.statistics.flush(account.subject);
        }
    }

    fn forget_idle(&mut self) {
        let payer = PAYER.load(Relaxed).cast_const();
        self.accounts.retain(|_, found| {
            let stays = Rc::strong_count(found) > 1 || Rc::as_ptr(found) == payer;
            if !stays {
                found.statistics.flush(found.subject);
            }
            stays
        });
    }
}
