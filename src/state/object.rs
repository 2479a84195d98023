//! State objects: states of aggregates in memory, as expanded objects of PostgreSQL's (`utils/expandeddatum.h`).
//!
//! nodeAgg and nodeWindowAgg adopt a read-write expanded object whose context is a child of the aggregate's, and copy
//! nothing. All states of one nodeAgg share one context below it: hash aggregation asks for the size of its context at
//! each new group, which would take longer with each group if each had a context of its own. nodeAgg deletes a state
//! together with its context when a transition function returns NULL or another state. So a function that gets a state
//! from nodeAgg must return that state. nodeWindowAgg has one state at a time, which has a context of its own and a
//! [`Handle`].
//!
//! No code of a guest may run when a context ends.

use super::Resource;
use super::arguments::NO_ARGUMENTS;
use super::flat;
use super::handle::Handle;
use super::history::{Histories, History, UNKNOWN};
use crate::backend::group_state::State;
use crate::backend::seats;
use crate::error;
use crate::plan::Refusal;
use pgrx::pg_sys::{self, Datum, ExpandedObjectHeader, ExpandedObjectMethods, MemoryContext};
use plwasm_engine::Result;
use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;

/// A state of an aggregate in memory.
#[repr(C)]
pub(crate) struct StateObject {
    /// It must be the first field: PostgreSQL knows an object by it.
    header: ExpandedObjectHeader,
    pub state: State,
    resource: *const Resource,
    pub owner: Owned,
    /// The arguments of the constructor as they are in a flat state: allocated in the object's context.
    arguments: (*mut u8, usize),
    /// The flat form, if it was asked for since the state has changed.
    flat: (*mut u8, usize),
}

/// Who owns a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owned {
    /// nodeAgg. An error ends the query, and nobody sees the state again.
    ByAggregate,
    /// nodeWindowAgg.
    ByWindow,
    /// A variable, a row or an expression. Its value must survive an error.
    Otherwise,
}

/// A memory context of states.
struct Owner {
    parent: MemoryContext,
    context: MemoryContext,
    /// Whether other states can join.
    is_shared: bool,
    /// The handle of a window's state, or null.
    handle: *mut Handle,
    /// Keeps the resources of its states alive.
    resources: Vec<Rc<Resource>>,
    /// The histories of its states, where calls are logged.
    histories: Histories,
    callback: pg_sys::MemoryContextCallback,
}

thread_local! {
    /// All contexts of states. Each is freed by its own callback.
    static OWNERS: RefCell<Vec<*mut Owner>> = const { RefCell::new(Vec::new()) };
}

static METHODS: ExpandedObjectMethods =
    ExpandedObjectMethods { get_flat_size: Some(get_flat_size), flatten_into: Some(flatten_into) };

/// The first bytes of a pointer to an expanded object: `varattrib_1b_e` with `VARTAG_EXPANDED_RO` or
/// `VARTAG_EXPANDED_RW` (`varatt.h`).
const EXTERNAL: u8 = 1;
const READ_ONLY: u8 = 2;
const READ_WRITE: u8 = 3;

impl StateObject {
    /// Makes a state that has not been constructed, in a context below `parent`.
    pub(crate) fn new<'a>(
        resource: &Rc<Resource>,
        parent: MemoryContext,
        owned: Owned,
    ) -> &'a mut Self {
        let owner = Owner::below(parent, owned == Owned::ByAggregate);
        // SAFETY: the owner lives as long as its context, and the object lies in the context.
        unsafe {
            let owner = &mut *owner;
            if !owner.resources.iter().any(|known| Rc::ptr_eq(known, resource)) {
                owner.resources.push(resource.clone());
            }
            let object: *mut Self =
                pg_sys::MemoryContextAlloc(owner.context, size_of::<Self>()).cast();
            object.write(Self {
                header: ExpandedObjectHeader::default(),
                state: State::new(owner.context, owned == Owned::Otherwise),
                resource: Rc::as_ptr(resource),
                owner: owned,
                arguments: (std::ptr::null_mut(), 0),
                flat: (std::ptr::null_mut(), 0),
            });
            pg_sys::EOH_init_header(&raw mut (*object).header, &raw const METHODS, owner.context);
            if owned == Owned::ByWindow {
                let field = &raw mut (*object).header.eoh_context;
                Handle::make(parent, field, &raw mut owner.handle);
            }
            &mut *object
        }
    }

    /// Returns the object to which a Datum of type `wasm.state` points, and whether it may be changed; `None` if the
    /// Datum is a flat state.
    ///
    /// # Safety
    /// `datum` must be a valid `wasm.state` that is not NULL.
    #[inline]
    pub(crate) unsafe fn of<'a>(datum: Datum) -> Option<(&'a mut Self, bool)> {
        // SAFETY: the caller's promise. Behind the two bytes is the address of the object, unaligned
        // (`DatumGetEOHP`).
        unsafe {
            let pointer: *const u8 = datum.cast_mut_ptr();
            if pointer.read() != EXTERNAL
                || !matches!(pointer.add(1).read(), READ_ONLY | READ_WRITE)
            {
                return None;
            }
            let is_writable = pointer.add(1).read() == READ_WRITE;
            let header: *mut ExpandedObjectHeader =
                pointer.add(2).cast::<*mut ExpandedObjectHeader>().read_unaligned();
            let is_ours = std::ptr::eq((*header).eoh_methods, &raw const METHODS);
            is_ours.then(|| (&mut *header.cast::<Self>(), is_writable))
        }
    }

    /// Returns a Datum by which the state can be changed.
    #[inline]
    pub(crate) fn datum(&mut self) -> Datum {
        Datum::from(self.header.eoh_rw_ptr.as_mut_ptr())
    }

    /// Checks that a state that is not [of a resource](Self::is_of) can be constructed anew as one of it.
    ///
    /// # Errors
    /// 42804 if it is another resource's; 55000 if it was made by other code.
    pub(crate) fn check_exchange(&self, resource: &Resource) -> Result<()> {
        let own = self.resource();
        flat::check_exchange(&own.name, own.target.module.hash().bytes(), resource)
    }

    /// Returns whether its resource lies at an address.
    #[inline]
    pub(crate) fn is_at(&self, resource: *const Resource) -> bool {
        std::ptr::eq(self.resource, resource)
    }

    /// Returns the resource.
    pub(crate) fn resource(&self) -> &Resource {
        // SAFETY: the owner of the object's context keeps it alive.
        unsafe { &*self.resource }
    }

    /// Returns whether it is a state of this resource of the same code. Any other must be constructed anew of what it
    /// saves.
    #[inline]
    pub(crate) fn is_of(&self, resource: &Rc<Resource>) -> bool {
        std::ptr::eq(self.resource, Rc::as_ptr(resource)) || self.resource().is_same(resource)
    }

    /// Keeps the arguments of the constructor, so that the state can be made anew elsewhere.
    pub(crate) fn keep_arguments(&mut self, arguments: &[u8]) {
        self.arguments = self.copied(arguments);
    }

    /// Returns the arguments of the constructor.
    pub(crate) fn arguments(&self) -> &[u8] {
        match self.arguments {
            (pointer, _) if pointer.is_null() => &NO_ARGUMENTS,
            // SAFETY: `copied` made it.
            (pointer, length) => unsafe { std::slice::from_raw_parts(pointer, length) },
        }
    }

    /// Makes an own copy of another state, which stays as it is.
    ///
    /// # Errors
    /// The errors of [`State::keep`].
    pub(crate) fn copy_from(&mut self, other: &mut Self) -> Result<()> {
        self.state.copy_from(&mut other.state)?;
        let arguments = other.arguments().to_vec();
        self.keep_arguments(&arguments);
        Ok(())
    }

    /// Gives a state of an aggregate a history, if it is new.
    pub(crate) fn begin_history(&self, history: History) {
        if self.owner != Owned::Otherwise
            && let Some(owner) = Owner::of(self.state.context)
        {
            owner.histories.begin(self, history);
        }
    }

    /// Returns the history of the state.
    ///
    /// # Errors
    /// The reason why it has none.
    pub(crate) fn history(&self) -> std::result::Result<&History, Refusal> {
        match Owner::of(self.state.context) {
            Some(owner) => owner.histories.get(self),
            None => Err(UNKNOWN),
        }
    }

    /// Changes the history of the state, if it has one.
    pub(crate) fn remember(&self, change: impl FnOnce(&mut History)) {
        if let Some(owner) = Owner::of(self.state.context) {
            owner.histories.change(self, change);
        }
    }

    fn copied(&self, bytes: &[u8]) -> (*mut u8, usize) {
        // SAFETY: the context lives as long as the object.
        unsafe {
            let copy: *mut u8 =
                pg_sys::MemoryContextAllocHuge(self.state.context, bytes.len().max(1)).cast();
            copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            (copy, bytes.len())
        }
    }

    /// Records that a call has changed the state.
    #[inline]
    pub(crate) fn has_changed(&mut self) {
        self.state.has_changed();
        if !self.flat.0.is_null() {
            self.forget_flat();
        }
    }

    #[cold]
    fn forget_flat(&mut self) {
        let (bytes, _) = std::mem::replace(&mut self.flat, (std::ptr::null_mut(), 0));
        // SAFETY: `copied` made it.
        unsafe { pg_sys::pfree(bytes.cast()) };
    }

    /// Makes the flat form, and returns its size.
    fn flatten(&mut self) -> Result<usize> {
        if self.flat.0.is_null() {
            let bytes = flat::of(self)?;
            self.flat = self.copied(&bytes);
        }
        Ok(self.flat.1)
    }
}

impl Owner {
    /// Returns the owner of the states in a context.
    fn of<'a>(context: MemoryContext) -> Option<&'a mut Self> {
        OWNERS.with_borrow(|owners| {
            // SAFETY: each is freed by its callback, which takes it from the list.
            let mut owners = owners.iter().map(|owner| unsafe { &mut **owner });
            owners.find(|owner| owner.context == context)
        })
    }

    /// Returns the context of states below another, or a new one.
    fn below(parent: MemoryContext, is_shared: bool) -> *mut Self {
        let found = OWNERS.with_borrow(|owners| {
            // SAFETY: each is freed by its callback, which takes it from the list.
            let mut owners = owners.iter().filter(|owner| unsafe { (***owner).parent == parent });
            // SAFETY: as above.
            owners.find(|owner| is_shared && unsafe { (***owner).is_shared }).copied()
        });
        if let Some(found) = found {
            return found;
        }
        // SAFETY: the callback is part of the owner, which lives until it is called.
        unsafe {
            let context = pg_sys::AllocSetContextCreateInternal(
                parent,
                c"PL/Wasm states".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            let owner = Box::into_raw(Box::new(Self {
                parent,
                context,
                is_shared,
                handle: std::ptr::null_mut(),
                resources: Vec::new(),
                histories: Histories::default(),
                callback: pg_sys::MemoryContextCallback {
                    func: Some(context_ends),
                    ..Default::default()
                },
            }));
            (*owner).callback.arg = owner.cast();
            pg_sys::MemoryContextRegisterResetCallback(context, &raw mut (*owner).callback);
            OWNERS.with_borrow_mut(|owners| owners.push(owner));
            owner
        }
    }
}

/// # Safety
/// Called once by the memory context of an owner, before its memory is freed.
unsafe extern "C-unwind" fn context_ends(owner: *mut c_void) {
    // SAFETY: made by Box::into_raw.
    let owner = unsafe { Box::from_raw(owner.cast::<Owner>()) };
    seats::context_ends(owner.context);
    if !owner.handle.is_null() {
        // SAFETY: it is the handle of the object in this context.
        unsafe { Handle::object_ends(owner.handle) };
    }
    OWNERS.with(|owners| {
        // It is never borrowed where a context can end; and a callback must not panic.
        if let Ok(mut owners) = owners.try_borrow_mut() {
            owners.retain(|other| !std::ptr::eq(*other, &raw const *owner));
        }
    });
}

/// # Safety
/// Called by PostgreSQL with an object of ours.
unsafe extern "C-unwind" fn get_flat_size(header: *mut ExpandedObjectHeader) -> pg_sys::Size {
    let flatten = || {
        // SAFETY: the caller's promise.
        let object = unsafe { &mut *header.cast::<StateObject>() };
        match object.flatten() {
            Ok(size) => size,
            Err(error) => error::raise(&error),
        }
    };
    // SAFETY: nothing above has anything to drop.
    unsafe { pg_sys::submodules::panic::pgrx_extern_c_guard(flatten) }
}

/// # Safety
/// Called by PostgreSQL with an object of ours, after [`get_flat_size`], with room for as many bytes as that returned.
unsafe extern "C-unwind" fn flatten_into(
    header: *mut ExpandedObjectHeader,
    result: *mut c_void,
    size: pg_sys::Size,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let (bytes, length) = (*header.cast::<StateObject>()).flat;
        result.cast::<u8>().copy_from_nonoverlapping(bytes, length.min(size));
        pgrx::set_varsize_4b(result.cast(), size as i32);
    }
}
