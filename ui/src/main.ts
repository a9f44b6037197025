/** Where the page begins. */
import './styles/main.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { watchConnection } from './connection'
import { router } from './router'
import { watchSystemTheme } from './theme'

watchSystemTheme()
watchConnection()
createApp(App).use(createPinia()).use(router).mount('#app')
