// The page's own words. Those that stand in the page carry their English in data-en.

const WORDS = {
  bot: ["안부", "Anbu"],
  me: ["나", "Me"],
  officer: ["담당자", "Officer"],
  sending: ["보내는 중", "Sending"],
  sent: ["전송됨", "Sent"],
  failed: ["보내지 못했어요", "Not sent"],
  again: ["다시 보내기", "Send again"],
  private: ["이 대화는 기록에 남지 않아요", "This part is not kept"],
  choices: ["고를 수 있는 답", "Answers to choose from"],
  offline: ["연결이 끊겼어요. 다시 이어지면 쓰신 글을 보낼게요.", "You are offline. What you write is sent once we are connected."],
  online: ["다시 연결됐어요.", "Connected again."],
  locating: ["위치를 알아보고 있어요.", "Finding your location."],
  nowhere: ["위치를 알 수 없었어요. 동네 이름을 적어 주세요.", "We could not find you. Please write the name of your neighbourhood."],
  here: ["내 위치를 보냈어요", "I sent my location"],
  photo: ["(사진)", "(Picture)"],
  mine: ["내가 보낸 사진", "The picture I sent"],
  theirs: ["담당자가 보낸 사진", "A picture from the officer"],
  large: ["사진 파일이 너무 커요. 10MB보다 작은 사진으로 보내 주세요.", "That picture is too large. Please send one below 10 MB."],
  unsent: ["사진을 보내지 못했어요. 연결을 확인하고 다시 보내 주세요.", "The picture was not sent. Please check the connection and send it again."],
  ring: ["알림 받기", "Turn on notifications"],
  quiet: ["알림 끄기", "Turn off notifications"],
  ringing: ["새 소식이 오면 이 기기로 알려 드릴게요.", "We will tell you on this device when there is something new."],
  silent: ["이제 알림을 보내지 않을게요.", "We will send no more notifications."],
  denied: ["브라우저가 알림을 막고 있어요. 브라우저 설정에서 알림을 허용해 주세요.", "Your browser blocks notifications. Please allow them in its settings."],
  unable: ["이 브라우저로는 알림을 보낼 수 없어요. 소식은 이 화면에서 볼 수 있어요.", "We can't send notifications to this browser. You can read everything on this page."],
  long: ["한 번에 2,000자까지 보낼 수 있어요. 지금", "You can send 2,000 characters at a time. Now"],
  menu: ["메뉴", "Menu"],
  larger: ["글자 크게", "Larger text"],
  normal: ["글자 보통", "Normal text"],
  other: ["English", "한국어"],
  leave: ["이 기기에서 나갈까요? 여기서는 이 대화를 다시 볼 수 없어요.", "Leave this device? You cannot see this conversation here again."],
};

export const tongue = () => (document.documentElement.lang === "en" ? "en" : "ko");

export const word = (key) => WORDS[key][tongue() === "en" ? 1 : 0];

/** Puts every text of the page into the language chosen. */
export function dress() {
  const english = tongue() === "en";
  for (const el of document.querySelectorAll("[data-en]")) {
    el.dataset.ko ??= el.textContent;
    el.textContent = english ? el.dataset.en : el.dataset.ko;
  }
  for (const name of ["aria-label", "placeholder"]) {
    for (const el of document.querySelectorAll(`[data-en-${name}]`)) {
      if (!el.hasAttribute(`data-ko-${name}`)) el.setAttribute(`data-ko-${name}`, el.getAttribute(name));
      el.setAttribute(name, el.getAttribute(`data-${english ? "en" : "ko"}-${name}`));
    }
  }
  document.title = english ? "Anbu" : "안부";
}
